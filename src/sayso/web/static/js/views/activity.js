/** What was done and what was not: every decided action, newest first. */

import { browserName } from "../agent.js";
import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { clockTime, dateTime, dayKey, dayName, t } from "../i18n.js";
import { toolIcon, toolPlace } from "../plan/action.js";
import { emptyState, explain, guarded, toast } from "./notices.js";

/** @import {ActivityEntry} from "../types.js" */

const EFFECTS = ["", "write", "outbound", "destructive"];

export class ActivityView {
  constructor() {
    this.effect = "";
    /** @type {ActivityEntry[]} */ this.entries = [];
    /** @type {string|null} */ this.cursor = null;
    this.list = h("div", { class: "log" });
    this.filters = h("div", { class: "filters", role: "group", "aria-label": t("activity.filter") });
    this.element = h("div", { class: "page" }, h("p", { class: "lead" }, t("activity.lead")), this.filters, this.list);
  }

  async show() {
    this.drawFilters();
    await guarded(this.list, () => this.load(null));
  }

  /** @param {string|null} cursor */
  async load(cursor) {
    const { effect } = this;
    const page = await api.activity(effect, cursor);
    if (effect !== this.effect) return;
    this.entries = cursor ? [...this.entries, ...page.entries] : page.entries;
    this.cursor = page.next_cursor;
    this.draw();
  }

  drawFilters() {
    const choose = (/** @type {string} */ effect) => {
      this.effect = effect;
      void this.show();
    };
    fill(this.filters, EFFECTS.map((effect) => h("button", { type: "button", class: `chip ${effect && `effect-${effect}`}`, "aria-pressed": String(effect === this.effect), onclick: () => choose(effect) }, effect && icon(`effect-${effect}`), t(effect ? `effect.${effect}` : "activity.all"))));
  }

  draw() {
    if (!this.entries.length) return fill(this.list, emptyState("list", t("activity.none"), t("activity.none_text")));
    /** @type {Map<string, ActivityEntry[]>} */ const days = new Map();
    for (const entry of this.entries) {
      const key = dayKey(entry.decided_at ?? entry.ended_at ?? "");
      days.set(key, [...(days.get(key) ?? []), entry]);
    }
    const more = async () => this.load(this.cursor).catch((error) => toast(explain(error), { error: true }));
    fill(
      this.list,
      [...days].map(([key, entries]) => h("section", null, h("h2", null, dayName(key)), h("ol", null, entries.map(entryLine)))),
      this.cursor && h("button", { type: "button", class: "button", onclick: more }, t("more")),
    );
  }
}

/** @param {ActivityEntry} entry */
function entryLine(entry) {
  const state = stateOf(entry);
  const at = entry.ended_at ?? entry.decided_at ?? "";
  return h(
    "li",
    null,
    h(
      "a",
      { class: `log-entry is-${state}`, href: `#/t/${encodeURIComponent(entry.thread_id)}` },
      h("span", { class: "outcome-icon" }, icon(ICONS[state] ?? "dot")),
      h(
        "span",
        { class: "log-main" },
        h("span", { class: "log-what", lang: "en", dir: "auto" }, (state === "succeeded" && entry.receipt) || entry.preview),
        entry.error && state === entry.status && h("span", { class: entry.status === "skipped" ? "next" : "action-error", lang: "en", dir: "auto" }, entry.error),
        h(
          "span",
          { class: "log-meta" },
          at && h("time", { datetime: at, title: dateTime(at) }, clockTime(at)),
          h("b", { class: `state-${state}` }, t(`activity.state.${state}`)),
          h("span", { class: "place-of" }, icon(toolIcon(entry.tool)), toolPlace(entry.tool)),
          h("span", { class: `effect effect-${entry.effect}` }, icon(`effect-${entry.effect}`), t(`effect.${entry.effect}`)),
        ),
        h("span", { class: "log-from" }, h("span", null, whoAndWhere(entry)), entry.thread_title && h("span", { dir: "auto" }, t("activity.in_thread", { title: entry.thread_title }))),
      ),
    ),
  );
}

/** @type {Record<string, string>} */
const ICONS = { succeeded: "check", failed: "warning", unknown: "question", skipped: "skip", cancelled: "cross", expired: "clock", running: "spinner", waiting: "dot" };

/** @param {ActivityEntry} entry @returns {string} */
function stateOf(entry) {
  return entry.plan_status === "cancelled" || entry.plan_status === "expired" ? entry.plan_status : entry.status;
}

/** @param {ActivityEntry} entry */
function whoAndWhere({ session, plan_status: plan }) {
  if (!session) return plan === "expired" ? t("activity.nobody") : "";
  const place = session.current ? t("activity.this_browser") : browserName(session.user_agent ?? "");
  return t(plan === "cancelled" ? "activity.cancelled_from" : "activity.confirmed_from", { place });
}
