/** What happened on this account: every sign-in, decision, grant and change of a setting, newest first. */

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { clockTime, dateTime, dayKey, dayName, has, t } from "../i18n.js";
import { emptyState, explain, guarded, toast } from "./notices.js";

/** @import {AuditEntry} from "../types.js" */

/** @type {Record<string, string>} a drawing for each kind; what is not here is a setting's */
const DRAWINGS = {
  signed_in: "device", sign_in_refused: "warning", signed_out: "leave", session_revoked: "leave", sessions_revoked: "leave", identity_added: "person", identity_removed: "person",
  device_allowed: "device", device_refused: "cross", token_made: "key", token_revoked: "key", confirmed: "check", cancelled: "cross", decision_refused: "warning",
  edited: "pencil", account_connected: "link", account_reconnected: "link", account_changed: "link", account_removed: "link", reconnect_needed: "warning", data_exported: "download",
};

export class AuditView {
  constructor() {
    /** @type {AuditEntry[]} */ this.entries = [];
    /** @type {string|null} */ this.cursor = null;
    /** @type {Map<string, string>} sessions and tokens by id, as they are called today */ this.names = new Map();
    this.list = h("div", { class: "log" });
    this.element = h("div", { class: "page" }, h("p", { class: "lead" }, t("audit.lead")), this.list);
  }

  async show() {
    await guarded(this.list, async () => {
      const [{ sessions }, { tokens }] = await Promise.all([api.sessions(), api.tokens()]);
      for (const { id, current, name } of sessions) this.names.set(id, current ? t("activity.this_browser") : (name ?? ""));
      for (const { id, name } of tokens) this.names.set(id, t("audit.token", { name }));
      await this.load(null);
    });
  }

  /** @param {string|null} cursor */
  async load(cursor) {
    const page = await api.audit(cursor);
    this.entries = cursor ? [...this.entries, ...page.events] : page.events;
    this.cursor = page.next_cursor;
    this.draw();
  }

  draw() {
    if (!this.entries.length) return fill(this.list, emptyState("shield", t("audit.none"), t("audit.none_text")));
    /** @type {Map<string, AuditEntry[]>} */ const days = new Map();
    for (const entry of this.entries) days.set(dayKey(entry.at), [...(days.get(dayKey(entry.at)) ?? []), entry]);
    const more = async () => {
      const shown = this.list.querySelectorAll("li").length;
      await this.load(this.cursor).catch((error) => toast(explain(error), { error: true }));
      /** @type {HTMLElement|undefined} */ (this.list.querySelectorAll("li")[shown])?.focus(); // the button may have gone
    };
    fill(
      this.list,
      [...days].map(([key, entries]) => h("section", null, h("h2", null, dayName(key)), h("ol", null, entries.map((entry) => this.line(entry))))),
      this.cursor && h("button", { type: "button", class: "button", onclick: more }, t("more")),
    );
  }

  /** @param {AuditEntry} entry */
  line(entry) {
    const { at, kind, via, by, address } = entry;
    const from = (by && this.names.get(by)) || (via === "token" && entry.data.token && t("audit.token", { name: entry.data.token })) || (via && has(`audit.via.${via}`) && t(`audit.via.${via}`));
    return h(
      "li",
      { class: "log-entry", tabindex: "-1" },
      h("span", { class: "outcome-icon" }, icon(DRAWINGS[kind] ?? "gear")),
      h("span", { class: "log-main" }, h("span", { class: "log-what", dir: "auto" }, sentence(entry)), h("span", { class: "log-meta" }, h("time", { datetime: at, title: dateTime(at) }, clockTime(at)), from && h("span", { dir: "auto" }, from), address && h("span", null, t("audit.address", { address })))),
    );
  }
}

/** @type {Record<string, string>} what a kind's sentence names, of what was noted with it */
const NAMED = {
  signed_in: "provider", sign_in_refused: "email", identity_added: "provider", identity_removed: "email", device_allowed: "device", device_refused: "device", token_made: "token", token_revoked: "token",
  account_connected: "address", account_reconnected: "address", account_changed: "address", account_removed: "address", reconnect_needed: "address", model_changed: "name",
};

/** @param {AuditEntry} entry */
function sentence({ kind, data }) {
  const key = `audit.kind.${kind}`;
  if (!has(key)) return kind.replaceAll("_", " ");
  if (kind === "signed_in" && data.device) return t("audit.kind.signed_in.device", { what: data.device });
  if (kind === "sessions_revoked") return t(key, { count: data.ended ?? 0 });
  const what = data[NAMED[kind] ?? ""];
  return what && what !== "local" ? t(`${key}.what`, { what }) : t(key);
}
