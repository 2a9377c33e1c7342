/** Everything that waits for a decision, across threads. */

import { on } from "../bus.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { PlanCard } from "../plan/card.js";
import * as plans from "../plans.js";
import { emptyState, guarded } from "./notices.js";

/** @import {Plan} from "../types.js" */

export class WaitingView {
  constructor() {
    /** @type {Map<string, PlanCard>} cards stay after their decision, so that one sees how it went */ this.cards = new Map();
    this.list = h("div", { class: "card-list" });
    this.element = h("div", { class: "page" }, h("p", { class: "lead" }, t("waiting.lead")), this.list);
    on("plan", (plan) => this.element.isConnected && this.take(plan));
    on("pending", () => this.element.isConnected && this.draw());
  }

  async show() {
    this.cards.clear();
    await guarded(this.list, async () => {
      await plans.refreshPending();
      this.draw();
    });
  }

  /** @param {Plan} plan */
  take(plan) {
    const replaced = plan.supersedes && this.cards.get(plan.supersedes);
    if (replaced && plan.supersedes) {
      this.cards.delete(plan.supersedes);
      this.cards.set(plan.id, replaced);
    }
    this.cards.get(plan.id)?.update(plan);
  }

  draw() {
    for (const plan of plans.pending()) if (!this.cards.has(plan.id)) this.cards.set(plan.id, new PlanCard(plan, { linked: true }));
    const shown = [...this.cards.values()].filter((card) => card.plan.status !== "superseded");
    if (!shown.length) return fill(this.list, emptyState("check", t("waiting.none"), t("waiting.none_text")));
    const elements = shown.map((card) => card.element);
    if (elements.length !== this.list.children.length || elements.some((element, index) => this.list.children[index] !== element)) this.list.replaceChildren(...elements);
  }
}
