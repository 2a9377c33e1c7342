/** The language model that answers: which one, what there is besides, and the choice of another. */

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { number, t } from "../i18n.js";
import { refresh } from "../session.js";
import { ModelForm, nameOf } from "./model-form.js";
import { explain, toast } from "./notices.js";
import { attempt, group } from "./rows.js";

/** @import {ModelChoice, ModelOffer, Models} from "../types.js" */

export class ModelGroup {
  constructor() {
    this.rows = h("div", { class: "model-rows" });
    this.element = group("model", "model.title", this.rows);
  }

  async show() {
    try {
      this.draw(await api.models());
    } catch (error) {
      fill(this.rows, h("p", { class: "row hint" }, explain(/** @type {Error} */ (error))));
    }
  }

  /** @param {Models} models @returns {HTMLElement} what answers now */
  draw(models) {
    const { model, chosen, offers } = models;
    const form = new ModelForm(models, (choice) => this.choose(choice));
    const found = offers.filter(({ source }) => source === "ollama");
    const now = h("div", { class: "row", tabindex: "-1" }, h("span", null, nameOf(model), h("small", { dir: "auto" }, whatOf(models)), model.problem && h("small", { class: "action-error", lang: "en" }, model.problem)), h("span", { class: "value" }, t(chosen ? "model.chosen" : "model.by_default")));
    fill(
      this.rows,
      now,
      spentToday(models),
      offers.filter(({ source }) => source === "environment").map((offer) => this.offer([offer])),
      found.length > 0 && this.offer(found),
      h("details", { class: "addition" }, h("summary", null, icon("chevron"), t("model.choose")), form.element),
    );
    return now;
  }

  /** What was found on the server's machine: one model, or several of one program. @param {ModelOffer[]} offers */
  offer(offers) {
    const [first] = offers;
    if (!first) return null;
    const select = offers.length > 1 && h("select", { "aria-label": t("model.name") }, offers.map(({ name, label }) => h("option", { value: name }, label)));
    const take = () => attempt(() => this.choose(choiceOf(offers.find(({ name }) => select && name === select.value) ?? first)));
    return h(
      "div",
      { class: "row offer" },
      h("span", null, t(`model.offer.${first.source}`, { label: first.label }), h("small", null, t("model.offer_hint"))),
      h("span", { class: "offer-choice" }, select, h("button", { type: "button", class: "button", onclick: () => void take() }, select ? t("model.use_it") : t("model.use", { label: first.label }))),
    );
  }

  /** @param {ModelChoice} choice */
  async choose(choice) {
    this.draw(await api.chooseModel(choice)).focus();
    toast(t("settings.saved"), { seconds: 2 });
    await refresh();
  }
}

/** @param {ModelOffer} offer @returns {ModelChoice} */
function choiceOf({ name, base_url: place }) {
  return { name, ...(place ? { base_url: place } : {}) };
}

/** What the models have read and written today, if that says something. @param {Models} models */
function spentToday({ spent_today: spent = 0, limit }) {
  if (!spent && !limit) return null;
  return h("div", { class: "row" }, h("span", null, t("model.today"), limit && h("small", null, t("model.today_hint"))), h("span", { class: "value" }, t(limit ? "model.spent_of" : "thread.tokens", { count: limit ?? spent, tokens: number(spent), limit: number(limit ?? 0) })));
}

/** @param {Models} models */
function whatOf({ model }) {
  if (model.offline) return t("model.offline_hint");
  return [model.base_url && t("model.at", { place: model.base_url }), model.has_key && t("model.has_key")].filter(Boolean).join(" · ");
}
