/** Everything that waits for a decision, across threads: a list to go through with J and K, each decided with one key. */

import { on } from "../bus.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { isWriting, letterOf } from "../keys.js";
import { PlanCard } from "../plan/card.js";
import * as plans from "../plans.js";
import { emptyState, guarded } from "./notices.js";

/** @import {Plan} from "../types.js" */

export class WaitingView {
  constructor() {
    /** @type {Map<string, PlanCard>} cards stay after their decision, so that one sees how it went */ this.cards = new Map();
    this.list = h("div", { class: "card-list" });
    this.hint = h("p", { class: "hint keys-hint" }, t("waiting.keys"));
    this.element = h("div", { class: "page", tabindex: "-1" }, h("p", { class: "lead" }, t("waiting.lead")), this.hint, this.list);
    on("plan", (plan) => this.element.isConnected && this.take(plan));
    on("pending", () => this.element.isConnected && this.draw());
    document.addEventListener("keydown", (event) => this.element.isConnected && this.pressed(event));
  }

  async show() {
    this.cards.clear();
    await guarded(this.list, async () => {
      await plans.refreshPending();
      this.draw();
    });
    if (this.element.isConnected && !document.querySelector("dialog")) this.element.focus({ preventScroll: true });
  }

  /** @param {Plan} plan */
  take(plan) {
    const replaced = plan.supersedes && this.cards.get(plan.supersedes);
    if (replaced && plan.supersedes && replaced.plan.status !== "completed") {
      this.cards.delete(plan.supersedes);
      this.cards.set(plan.id, replaced);
    }
    this.cards.get(plan.id)?.update(plan);
  }

  draw() {
    for (const plan of plans.pending()) if (!this.cards.has(plan.id)) this.cards.set(plan.id, new PlanCard(plan, { linked: true }));
    const shown = [...this.cards.values()].filter((card) => card.plan.status !== "superseded");
    this.hint.hidden = !shown.length;
    if (!shown.length) return fill(this.list, emptyState("check", t("waiting.none"), t("waiting.none_text")));
    const elements = shown.map((card) => card.element);
    if (elements.length !== this.list.children.length || elements.some((element, index) => this.list.children[index] !== element)) this.list.replaceChildren(...elements);
  }

  /** J and K go on and back, Y and N decide the card that has the focus; a held key, and one meant for a field, counts for nothing. @param {KeyboardEvent} event */
  pressed(event) {
    const { activeElement: active } = document;
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat || event.isComposing || isWriting(active)) return;
    if (active !== document.body && !this.element.contains(active)) return;
    const cards = [...this.cards.values()].filter((card) => card.element.isConnected);
    const here = cards.findIndex((card) => card.element.contains(active));
    const letter = letterOf(event);
    if (letter === "j" || letter === "k") {
      event.preventDefault();
      const next = letter === "j" ? cards.slice(here + 1) : cards.slice(0, Math.max(here, 0)).reverse();
      next.find(({ plan }) => plan.status === "pending")?.lookAt();
    } else if ((letter === "y" || letter === "n") && here >= 0) {
      event.preventDefault();
      cards[here]?.press(letter === "y" ? "confirm" : "cancel");
    }
  }
}
