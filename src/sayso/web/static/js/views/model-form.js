/** The choice of a language model: the server's, the built-in one, a vendor's by key, or one on a server of one's own. */

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { number, t } from "../i18n.js";
import { complain, field, problemLine, submitButton, working } from "./fields.js";

/** @import {Model, ModelChoice, Models} from "../types.js" */

/** @typedef {"default"|"offline"|"vendor"|"server"} Way */

const OFFLINE = "offline";

/** @param {Model} model */
export function nameOf({ label, offline }) {
  return offline ? t("model.offline") : label;
}

export class ModelForm {
  /** @param {Models} models @param {(choice: ModelChoice) => Promise<void>} choose */
  constructor(models, choose) {
    this.models = models;
    this.choose = choose;
    this.began = wayOf(models);
    this.way = this.began;
    this.result = h("p", { class: "test-result", role: "status" });
    this.test = h("button", { type: "button", class: "button", onclick: () => void this.work(() => this.try()) }, t("model.test"));
    /** @type {Partial<Record<Way, {element: HTMLFieldSetElement, choice: () => ModelChoice}>>} */
    this.parts = { ...(models.vendors.length ? { vendor: this.vendor() } : {}), ...(models.may_name_servers ? { server: this.server() } : {}) };
    /** @type {HTMLFormElement} */
    this.element = h(
      "form",
      { class: "connect-form", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void this.work(() => this.choose(this.choice()))) },
      h("div", { class: "ways", role: "radiogroup", "aria-label": t("model.choose") }, /** @type {Way[]} */ (["default", "offline", ...Object.keys(this.parts)]).map((way) => this.option(way))),
      problemLine(),
      this.result,
      h("div", { class: "form-buttons" }, this.test, submitButton(t("model.save"))),
    );
    this.go(this.way);
  }

  /** @param {Way} way */
  option(way) {
    const words = t(`model.way.${way}`, { label: nameOf(this.models.default) });
    return [h("label", null, h("input", { type: "radio", name: "way", value: way, checked: way === this.way, onchange: () => this.go(way) }), h("span", null, words)), this.parts[way]?.element];
  }

  /** @param {Way} way */
  go(way) {
    this.way = way;
    for (const [name, part] of Object.entries(this.parts)) part.element.hidden = part.element.disabled = name !== way;
    this.test.hidden = !(way in this.parts);
    complain(this.element);
    fill(this.result);
  }

  /** @returns {ModelChoice} */
  choice() {
    return this.parts[this.way]?.choice() ?? { name: this.way === "offline" ? OFFLINE : null };
  }

  vendor() {
    const { model, vendors } = this.models;
    const [now = vendors.find(({ problem }) => !problem)?.id, ...rest] = this.began === "vendor" ? model.name.split(":") : [];
    const vendor = h("select", { onchange: () => suit() }, vendors.map(({ id, label }) => h("option", { value: id, selected: id === now }, label)));
    const name = input("text", { value: rest.join(":") });
    const key = input("password", { autocomplete: "new-password" });
    const problem = h("small", { class: "missing", lang: "en" });
    const suit = () => {
      const chosen = vendors.find(({ id }) => id === vendor.value);
      name.placeholder = chosen?.example.replace(`${chosen.id}:`, "") ?? "";
      problem.textContent = chosen?.problem ?? "";
    };
    suit();
    return {
      element: h("fieldset", { class: "part-fields", "aria-label": t("model.way.vendor") }, field("vendor", t("model.vendor"), vendor), problem, field("name", t("model.name"), name), field("key", t("model.key"), key, this.keyHint("vendor"))),
      choice: () => ({ name: `${vendor.value}:${name.value.trim() || name.placeholder}`, ...keyIn(key) }),
    };
  }

  server() {
    const { model } = this.models;
    const here = this.began === "server";
    const place = input("url", { required: true, value: (here && model.base_url) || "", placeholder: "http://127.0.0.1:11434/v1" });
    const name = input("text", { required: true, value: here ? model.name : "", placeholder: "llama3.2" });
    const key = input("password", { autocomplete: "new-password" });
    return {
      element: h("fieldset", { class: "part-fields", "aria-label": t("model.way.server") }, field("base_url", t("model.place"), place, t("model.place_hint")), field("name", t("model.name"), name), field("key", t("model.key_if"), key, this.keyHint("server"))),
      choice: () => ({ name: name.value.trim(), base_url: place.value.trim(), ...keyIn(key) }),
    };
  }

  /** @param {Way} way */
  keyHint(way) {
    return t(this.models.model.has_key && this.began === way ? "model.key_kept" : "model.key_hint");
  }

  /** Do something with what is filled in, one thing at a time. @param {() => Promise<void>} what */
  async work(what) {
    if (this.element.ariaBusy || !this.element.reportValidity()) return;
    complain(this.element);
    fill(this.result);
    try {
      await what();
    } catch (error) {
      complain(this.element, error);
    }
  }

  async try() {
    const began = performance.now();
    const { works, problem } = await working(this.element, t("model.testing"), () => api.testModel(this.choice()));
    const seconds = number((performance.now() - began) / 1000, 1);
    this.result.className = `test-result state-${works ? "succeeded" : "failed"}`;
    fill(this.result, icon(works ? "check" : "warning"), works ? h("span", null, t("model.works", { seconds })) : h("span", { lang: "en", dir: "auto" }, problem));
  }
}

/** How what answers now was chosen. @param {Models} models @returns {Way} */
function wayOf({ model, chosen, vendors, may_name_servers: mayNameServers }) {
  if (!chosen) return "default";
  if (model.offline) return "offline";
  if (model.base_url || model.name.startsWith("ollama:")) return mayNameServers ? "server" : "default";
  return vendors.some(({ id }) => model.name.startsWith(`${id}:`)) ? "vendor" : "default";
}

/** @param {string} type @param {Record<string, any>} [props] */
function input(type, props = {}) {
  return h("input", { type, dir: "ltr", autocomplete: "off", spellcheck: "false", ...props });
}

/** A key that was typed; none goes along otherwise, so that the one that is kept stays. @param {HTMLInputElement} control */
function keyIn({ value }) {
  return value.trim() ? { key: value.trim() } : {};
}
