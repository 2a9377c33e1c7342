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

/** @import {Child} from "../dom.js" */
/** @import {Note} from "../decide.js" */
/** @import {Plan, PlanStatus} from "../types.js" */

/** How long a card must have stood still before it can be decided. */
const SETTLE_MS = 500;

/** Cards on which something was begun and not decided: an edit, a choice. @type {Set<PlanCard>} */ const begun = new Set();

/** The card of this thread on which something was begun: a typed yes does not mean what it shows. @param {string} threadId */
export const unfinished = (threadId) => [...begun].find((card) => card.element.isConnected && card.plan.thread_id === threadId && card.plan.status === "pending");

export class PlanCard {
  /** @param {Plan} plan @param {{linked?: boolean}} [options] linked: outside of its thread, so with a way there */
  constructor(plan, { linked = false } = {}) {
    this.plan = plan;
    this.linked = linked;
    /** @type {Set<string>} ids of actions left out */ this.left = new Set();
    /** @type {Map<string, Set<string>>} by action, what of a bulk change is left out */ this.out = new Map();
    /** @type {"skip"|"wait"} what becomes of the actions that are left out */ this.rest = "skip";
    /** @type {Set<string>} warnings that came after it was shown first */ this.fresh = new Set();
    /** @type {Map<string, string>} by action, why it cannot be undone */ this.refused = new Map();
    /** @type {Set<string>} ids of actions whose details are open */ this.open = new Set();
    /** @type {string|null} the action that is being edited */ this.editing = null;
    /** @type {HTMLElement|null} its form, which stays as it is while the rest is drawn anew */ this.form = null;
    /** @type {"confirm"|"cancel"|"after"|null} */ this.busy = null;
    /** @type {Note} */ this.note = null;
    this.noting = false;
    /** @type {HTMLElement|null} */ this.foot = null;
    this.words = "";
    this.shownAt = performance.now();
    this.element = h("section", { class: "card", tabindex: "-1", id: `plan-${plan.id}` });
    this.draw();
  }

  /** @param {Plan} plan */
  update(plan) {
    if (plan.id !== this.plan.id) this.replaceWith(plan);
    else if (plan.status === "pending" && plan.digest !== this.plan.digest) this.anew(plan);
    const finished = this.plan.status === "pending" && plan.status !== "pending";
    this.plan = plan;
    if (finished) {
      this.editing = null;
      this.open.clear();
      this.fresh.clear();
      if (this.note === "changed") this.note = null;
    }
    this.draw();
  }

  /** The same plan shows something else by now: what is new is marked, and it must be looked at before it can be decided. @param {Plan} plan */
  anew(plan) {
    const known = decide.warned(this.plan);
    this.fresh = new Set([...decide.warned(plan)].filter((text) => !known.has(text)));
    this.note = "changed";
    this.shownAt = performance.now();
    announce(t("plan.updated", { question: [plan.question ?? "", ...this.fresh].join(" ") }));
  }

  /** A newer plan takes the place: it must be looked at before it can be decided. @param {Plan} plan */
  replaceWith(plan) {
    this.left.clear();
    this.out.clear();
    this.fresh.clear();
    this.open.clear();
    this.rest = "skip";
    this.editing = null;
    this.note = null;
    this.shownAt = performance.now();
    this.element.id = `plan-${plan.id}`;
    announce(t("plan.updated", { question: plan.question ?? "" }));
  }

  draw() {
    const { plan } = this;
    this.element.className = `card is-${plan.status}${held(plan) ? " is-held" : ""}`;
    this.element.setAttribute("aria-label", t("plan.label", { state: this.stateName() }));
    if (this.editing === null) this.form = null;
    begun[this.isBegun ? "add" : "delete"](this);
    keepingFocus(this.element, () => fill(this.element, plan.status === "superseded" ? this.superseded() : this.content()));
  }

  /** Only the answers: what was ticked has changed, and the list stays where it was scrolled to. */
  drawFoot() {
    begun[this.isBegun ? "add" : "delete"](this);
    const foot = this.footer();
    this.foot?.replaceWith(foot);
    this.foot = foot;
  }

  stateName() {
    return t(`plan.state.${held(this.plan) ? "held" : outcome(this.plan)}`);
  }

  superseded() {
    return h("p", { class: "card-line" }, icon("replace"), h("span", null, t("plan.superseded")), h("s", { lang: "en", dir: "auto" }, this.plan.actions.map(({ summary, preview }) => summary || preview).join("; ")));
  }

  content() {
    const { plan } = this;
    const pending = plan.status === "pending";
    return [
      this.header(),
      this.noteLine(),
      pending && [this.news(), plan.actions.length > 1 && h(this.linked ? "h2" : "h3", { class: "card-question" }, t("plan.several", { count: plan.actions.length }))],
      h("ul", { class: "actions" }, plan.actions.map((action) => actionLine(action, this))),
      pending && this.beside(),
      (this.foot = pending ? this.footer() : this.afterwards()),
    ];
  }

  /** What this is to the plan in whose place it came. */
  news() {
    const { supersedes, actions } = this.plan;
    if (!supersedes) return null;
    const old = plans.get(supersedes);
    const added = old && actions.length > old.actions.length && !actions.some(({ was }) => was);
    return h("p", { class: "card-news" }, icon(added ? "plus" : "replace"), t(added ? "plan.added" : "plan.replaces"));
  }

  /** What an action is about, as the heading of the card or of its part. @param {Record<string, any>} props @param {...Child} inner */
  title(props, ...inner) {
    const pending = this.plan.status === "pending";
    const alone = pending && this.plan.actions.length === 1;
    const level = (this.linked ? 2 : 3) + (pending && !alone ? 1 : 0);
    return h(/** @type {"h2"|"h3"|"h4"} */ (`h${level}`), { ...props, class: `${alone ? "card-question" : "action-title"} ${props.class ?? ""}` }, ...inner);
  }

  /** What of a bulk change is left out. @param {string} id of the action */
  without(id) {
    const out = this.out.get(id) ?? new Set();
    this.out.set(id, out);
    return out;
  }

  /** Whether something was begun on it and not decided. */
  get isBegun() {
    return this.editing !== null || this.left.size > 0 || [...this.out.values()].some((out) => out.size > 0);
  }

  header() {
    const { plan } = this;
    const time = plan.status === "pending" ? this.timeLeft() : this.decidedWhen();
    return h("header", { class: "card-head" }, h("span", { class: "stamp" }, icon(held(plan) ? "clock" : STAMPS[plan.status]), this.stateName()), time);
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
    const key = `plan.note.${this.note === "elsewhere" ? this.plan.status : this.note}`;
    return h("p", { class: "card-note", role: "status" }, icon("info"), t(key));
  }

  /** The actions that are to run: those that are ticked, and not all of whose things are left out. */
  chosen() {
    return this.plan.actions.filter(({ id, items }) => !this.left.has(id) && !(items?.length && this.out.get(id)?.size === items.length));
  }

  footer() {
    const { plan } = this;
    const chosen = this.chosen().length;
    return h(
      "footer",
      { class: "card-foot" },
      this.restChoice(),
      this.editing && h("p", { class: "card-hint" }, t("plan.finish_editing")),
      h(
        "div",
        { class: "decide" },
        this.decideButton("cancel", "cross", plan.labels?.cancel, t("plan.cancel"), false),
        this.decideButton("confirm", "check", ...this.confirmLabel(), chosen === 0 || this.editing !== null),
      ),
    );
  }

  /** What goes with the answers and need not stay in sight with them. */
  beside() {
    return h("div", { class: "card-beside" }, this.wordsField(), this.linked && this.wayThere());
  }

  wayThere() {
    const { thread_id: id, thread_title: title } = this.plan;
    return h("a", { class: "card-link", href: `#/t/${encodeURIComponent(id)}` }, icon("thread"), title || t("plan.open_thread"));
  }

  /** What Confirm would do: in the server's words, where all of one action is meant. @returns {[string|undefined, string]} */
  confirmLabel() {
    const { actions, labels } = this.plan;
    const [chosen, all] = [this.chosen(), actions.length];
    if (all > 1) return [undefined, chosen.length < all ? t("plan.confirm_some", { count: chosen.length, all }) : t("plan.confirm_all", { count: all })];
    const { id = "", items } = actions[0] ?? {};
    const out = this.out.get(id)?.size ?? 0;
    return items && out ? [undefined, t("plan.confirm_some", { count: items.length - out, all: items.length })] : [labels?.confirm, t("plan.confirm")];
  }

  /** What becomes of the actions that are not ticked. */
  restChoice() {
    if (!this.left.size) return null;
    const choose = (/** @type {"skip"|"wait"} */ rest) => () => {
      this.rest = rest;
      this.draw();
    };
    const one = (/** @type {"skip"|"wait"} */ rest) => h("label", null, h("input", { type: "radio", name: `rest-${this.plan.id}`, value: rest, checked: this.rest === rest, dataset: { key: `rest-${rest}` }, onchange: choose(rest) }), h("span", null, t(`plan.rest.${rest}`)));
    return h("fieldset", { class: "rest" }, h("legend", null, t("plan.rest")), one("skip"), one("wait"), h("small", null, t(`plan.rest.${this.rest}.hint`)));
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

  /** @param {"confirm"|"cancel"} kind @param {string} drawing @param {string|undefined} told its label in the server's words @param {string} label @param {boolean} off */
  decideButton(kind, drawing, told, label, off) {
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
      h("span", { lang: told ? "en" : null, dir: "auto" }, told || label),
    );
  }

  /** @param {"confirm"|"cancel"} kind */
  async decide(kind) {
    if (performance.now() - this.shownAt < SETTLE_MS) return;
    if (kind === "confirm" && conversation(this.plan.thread_id).live) return toast(t("plan.wait_for_answer"));
    await this.attempt(kind, async () => {
      this.note = kind === "confirm" ? await this.confirm() : await decide.cancel(this.plan, this.words);
      const state = outcome(plans.get(this.plan.id) ?? this.plan);
      if (state !== "pending") announce(`${t(`plan.state.${state}`)}. ${t(`plan.after.${state}`)}`);
    });
  }

  /** Confirm what is ticked; where a bulk change is cut down by that, only if what comes of it is just that. @returns {Promise<Note>} */
  async confirm() {
    const { plan, rest, words } = this;
    const ids = new Set(this.chosen().map(({ id }) => id));
    const out = new Map([...this.out].filter(([id, some]) => some.size && ids.has(id)));
    const cut = out.size ? await decide.trim(plan, out, ids) : { plan, ids };
    if (!cut) return "changed";
    return decide.confirm(cut.plan, cut.ids.size < cut.plan.actions.length ? [...cut.ids] : null, rest, words);
  }

  /** Do something about the plan, and show then how it stands; what fails is told. @param {"confirm"|"cancel"|"after"} kind @param {() => Promise<unknown>} work */
  async attempt(kind, work) {
    if (this.busy) return;
    this.busy = kind;
    this.note = null;
    this.draw();
    try {
      await work();
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
    const running = plan.status === "confirmed" && !plan.actions.every(({ status }) => status === "held" || status === "succeeded");
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
      h("p", null, t(`plan.after.${held(plan) ? "held" : outcome(plan)}`)),
      plan.words && h("p", { class: "card-quote", dir: "auto" }, t("plan.your_words"), " ", h("q", null, plan.words)),
      running && h("button", { type: "button", class: "button", dataset: { key: "stop" }, onclick: stop }, icon("stop"), t("plan.stop")),
      this.linked && this.wayThere(),
    );
  }

  /** Go to it by a key, which is not yet a look at it. */
  lookAt() {
    this.shownAt = performance.now();
    this.reveal();
  }

  /** Decide by a key, as the button would. @param {"confirm"|"cancel"} kind */
  press(kind) {
    const button = this.element.querySelector(`[data-key="${kind}"]`);
    if (button instanceof HTMLElement && this.plan.status === "pending") button.click();
  }

  /** Bring it before the user's eyes; the focus goes to the card, never to a button. */
  reveal() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.element.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    this.element.focus({ preventScroll: true });
  }
}

/** Whether all that is still to come of it is held back for now. @param {Plan} plan */
const held = ({ status, actions }) => status === "confirmed" && actions.some((action) => action.status === "held") && !actions.some((action) => action.status === "running");

/** Whether all that it did was taken back. @param {Plan} plan */
const isUndone = ({ status, actions }) => status === "completed" && actions.every((action) => action.undo?.done || action.status === "skipped");

/** The status, but for a plan of which the user chose a part: not all of it was done. @param {Plan} plan */
const outcome = (plan) => (isUndone(plan) ? "undone" : plan.status === "completed" && plan.actions.some((action) => action.status !== "succeeded") ? "chosen" : plan.status);

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
