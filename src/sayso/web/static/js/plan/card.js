/**
 * The plan card: what waits for a decision, then the same card as the receipt of what was done.
 *
 * Enter never confirms by accident: nothing in the card takes the focus by itself, Confirm and Cancel do nothing in the first
 * moments after the card appeared or changed, and a held key does not count. In a form, Enter asks for a new preview.
 */

import * as decide from "../decide.js";
import { conversation } from "../conversation.js";
import { fill, h, icon, keepingFocus } from "../dom.js";
import { dateTime, now, relative, t } from "../i18n.js";
import * as plans from "../plans.js";
import { isOwn } from "../session.js";
import { announce, explain, toast } from "../views/notices.js";
import { actionLine } from "./action.js";

/** @import {Note} from "../decide.js" */
/** @import {Plan, PlanStatus} from "../types.js" */

/** How long a card must have stood still before it can be decided. */
const SETTLE_MS = 500;

export class PlanCard {
  /** @param {Plan} plan @param {{linked?: boolean}} [options] linked: outside of its thread, so with a way there */
  constructor(plan, { linked = false } = {}) {
    this.plan = plan;
    this.linked = linked;
    /** @type {Set<string>} ids of actions left out */ this.left = new Set();
    /** @type {Set<string>} ids of actions whose details are open */ this.open = new Set();
    /** @type {string|null} the action that is being edited */ this.editing = null;
    /** @type {"confirm"|"cancel"|null} */ this.busy = null;
    /** @type {Note} */ this.note = null;
    this.noting = false;
    this.words = "";
    this.shownAt = performance.now();
    this.element = h("section", { class: "card", tabindex: "-1", id: `plan-${plan.id}` });
    this.draw();
  }

  /** @param {Plan} plan */
  update(plan) {
    if (plan.id !== this.plan.id) this.replaceWith(plan);
    const finished = this.plan.status === "pending" && plan.status !== "pending";
    this.plan = plan;
    if (finished) {
      this.editing = null;
      this.open.clear();
    }
    this.draw();
  }

  /** A newer plan takes the place: it must be looked at before it can be decided. @param {Plan} plan */
  replaceWith(plan) {
    this.left.clear();
    this.open = new Set(plan.actions.map((action) => action.id));
    this.editing = null;
    this.note = null;
    this.shownAt = performance.now();
    this.element.id = `plan-${plan.id}`;
    announce(t("plan.updated", { question: plan.question ?? "" }));
  }

  draw() {
    const { plan } = this;
    this.element.className = `card is-${plan.status}`;
    this.element.setAttribute("aria-label", t("plan.label", { state: this.stateName() }));
    keepingFocus(this.element, () => fill(this.element, plan.status === "superseded" ? this.superseded() : this.content()));
  }

  stateName() {
    return t(`plan.state.${outcome(this.plan)}`);
  }

  superseded() {
    return h("p", { class: "card-line" }, icon("replace"), h("span", null, t("plan.superseded")), h("s", { lang: "en", dir: "auto" }, this.plan.question));
  }

  content() {
    const { plan } = this;
    const pending = plan.status === "pending";
    return [
      this.header(),
      this.question(),
      this.noteLine(),
      plan.supersedes && pending && h("p", { class: "card-news" }, icon("replace"), t("plan.replaces")),
      h("ul", { class: "actions" }, plan.actions.map((action) => actionLine(action, this))),
      pending ? this.footer() : this.afterwards(),
    ];
  }

  /** The question; where it only lists what the lines below say more precisely, its first line. */
  question() {
    const { question = "", actions } = this.plan;
    if (!question) return null;
    const [head = "", ...list] = question.split("\n");
    const repeats = list.length === actions.length && list.every((line, index) => line.replace(/^\d+\. /, "").toLowerCase() === actions[index]?.question?.toLowerCase());
    return h(this.linked ? "h2" : "h3", { class: "card-question", lang: "en", dir: "auto" }, repeats ? head : question);
  }

  header() {
    const { plan } = this;
    const time = plan.status === "pending" ? this.timeLeft() : this.decidedWhen();
    return h("header", { class: "card-head" }, h("span", { class: "stamp" }, icon(STAMPS[plan.status]), this.stateName()), time);
  }

  timeLeft() {
    const { expires_at: expires } = this.plan;
    const soon = Date.parse(expires) - now().getTime() < 3_600_000;
    return h("span", { class: `card-time ${soon ? "is-soon" : ""}`, title: dateTime(expires), dataset: { tick: "plan.expires", at: expires } }, t("plan.expires", { when: relative(expires) }));
  }

  decidedWhen() {
    const { status, decided_at: decided, decided_by: by, expires_at: expires } = this.plan;
    const at = status === "expired" ? expires : decided;
    if (!at) return null;
    const ago = h("span", { title: dateTime(at), dataset: { tick: "", at } }, relative(at));
    return h("span", { class: "card-time" }, isOwn(by) ? null : [t("plan.other_device"), " · "], ago);
  }

  noteLine() {
    if (!this.note) return null;
    const key = this.note === "lost" ? "plan.note.lost" : `plan.note.${this.plan.status}`;
    return h("p", { class: "card-note", role: "status" }, icon("info"), t(key));
  }

  chosen() {
    return this.plan.actions.filter((action) => !this.left.has(action.id));
  }

  footer() {
    const all = this.plan.actions.length;
    const chosen = this.chosen().length;
    const confirm = all > 1 && chosen < all ? t("plan.confirm_some", { count: chosen, all }) : t("plan.confirm");
    return h(
      "footer",
      { class: "card-foot" },
      this.wordsField(),
      this.editing && h("p", { class: "card-hint" }, t("plan.finish_editing")),
      h(
        "div",
        { class: "decide" },
        this.decideButton("cancel", "cross", t("plan.cancel"), false),
        this.decideButton("confirm", "check", confirm, chosen === 0 || this.editing !== null),
      ),
      this.linked && h("a", { class: "card-link", href: `#/t/${encodeURIComponent(this.plan.thread_id)}` }, icon("thread"), this.plan.thread_title || t("plan.open_thread")),
    );
  }

  wordsField() {
    if (!this.noting) {
      const open = () => {
        this.noting = true;
        this.draw();
        /** @type {HTMLElement|null} */ (this.element.querySelector(".card-words input"))?.focus();
      };
      return h("button", { type: "button", class: "quiet", dataset: { key: "note" }, onclick: open }, icon("note"), t("plan.add_note"));
    }
    const take = (/** @type {Event} */ event) => (this.words = /** @type {HTMLInputElement} */ (event.target).value);
    const hold = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && event.preventDefault();
    return h("label", { class: "card-words" }, t("plan.note_label"), h("input", { type: "text", maxlength: 500, dir: "auto", value: this.words, dataset: { key: "words" }, oninput: take, onkeydown: hold }));
  }

  /** @param {"confirm"|"cancel"} kind @param {string} drawing @param {string} label @param {boolean} off */
  decideButton(kind, drawing, label, off) {
    const busy = this.busy === kind;
    return h(
      "button",
      {
        type: "button",
        class: `decide-${kind}`,
        dataset: { key: kind },
        "aria-disabled": off || this.busy ? "true" : null,
        "aria-busy": busy ? "true" : null,
        onclick: () => off || void this.decide(kind),
        onkeydown: (/** @type {KeyboardEvent} */ event) => event.repeat && event.preventDefault(),
      },
      icon(busy ? "spinner" : drawing, busy ? "spin" : ""),
      label,
    );
  }

  /** @param {"confirm"|"cancel"} kind */
  async decide(kind) {
    if (this.busy || performance.now() - this.shownAt < SETTLE_MS) return;
    if (kind === "confirm" && conversation(this.plan.thread_id).live) return toast(t("plan.wait_for_answer"));
    this.busy = kind;
    this.note = null;
    this.draw();
    try {
      const ids = this.left.size ? this.chosen().map((action) => action.id) : null;
      this.note = kind === "confirm" ? await decide.confirm(this.plan, ids, this.words) : await decide.cancel(this.plan, this.words);
      const state = outcome(plans.get(this.plan.id) ?? this.plan);
      announce(`${t(`plan.state.${state}`)}. ${t(`plan.after.${state}`)}`);
    } catch (error) {
      toast(explain(/** @type {Error} */ (error)), { error: true });
    } finally {
      this.busy = null;
      this.update(plans.get(this.plan.id) ?? this.plan);
    }
  }

  /** An edit came too late: show how the plan really stands. */
  async refuse() {
    this.editing = null;
    this.note = "elsewhere";
    await plans.settle(this.plan.id);
    await plans.refreshPending().catch(() => {});
    this.update(plans.get(this.plan.id) ?? this.plan);
  }

  afterwards() {
    const { plan } = this;
    const running = plan.status === "confirmed";
    const stop = async () => {
      try {
        await conversation(plan.thread_id).stop();
        toast(t("plan.stopping"));
      } catch (error) {
        toast(explain(/** @type {Error} */ (error)), { error: true });
      }
    };
    return h(
      "footer",
      { class: "card-foot is-after" },
      h("p", null, t(`plan.after.${outcome(plan)}`)),
      plan.words && h("p", { class: "card-quote", dir: "auto" }, t("plan.your_words"), " ", h("q", null, plan.words)),
      running && h("button", { type: "button", class: "button", dataset: { key: "stop" }, onclick: stop }, icon("stop"), t("plan.stop")),
      this.linked && h("a", { class: "card-link", href: `#/t/${encodeURIComponent(plan.thread_id)}` }, icon("thread"), plan.thread_title || t("plan.open_thread")),
    );
  }

  /** Bring it before the user's eyes; the focus goes to the card, never to a button. */
  reveal() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.element.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    this.element.focus({ preventScroll: true });
  }
}

/** The status, but for a plan of which the user chose a part: not all of it was done. @param {Plan} plan */
const outcome = (plan) => (plan.status === "completed" && plan.actions.some((action) => action.status !== "succeeded") ? "chosen" : plan.status);

/** @type {Record<PlanStatus, string>} */
const STAMPS = {
  pending: "hand",
  confirmed: "spinner",
  completed: "check",
  partial: "partial",
  failed: "warning",
  stopped: "stop",
  cancelled: "cross",
  expired: "clock",
  superseded: "replace",
};

/** Keep "in 5 hours" and "3 minutes ago" true on every card in sight. */
export function tickCards() {
  for (const element of document.querySelectorAll("[data-tick]")) {
    const { tick = "", at = "" } = /** @type {HTMLElement} */ (element).dataset;
    element.textContent = tick ? t(tick, { when: relative(at) }) : relative(at);
  }
}
