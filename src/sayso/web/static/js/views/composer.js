/** Where the user writes. A draft stays with its thread until it is sent. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

const LIMIT = 10_000;

export class Composer {
  /** @param {{onSend: (text: string) => void, onStop: () => void}} actions */
  constructor({ onSend, onStop }) {
    this.key = "";
    this.busy = false;
    this.onSend = onSend;
    this.onStop = onStop;
    this.field = h("textarea", { id: "composer", rows: "1", dir: "auto", maxlength: LIMIT, placeholder: t("composer.placeholder"), "aria-label": t("composer.label"), enterkeyhint: "send", oninput: () => this.typed(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event) });
    this.button = h("button", { type: "submit", class: "send" });
    this.element = h("form", { class: "composer", onsubmit: (/** @type {SubmitEvent} */ event) => this.submit(event) }, (this.sized = h("div", { class: "sized" }, this.field)), this.button);
    this.setBusy(null);
  }

  /** Show the draft of this thread. @param {string} threadId */
  open(threadId) {
    this.key = `draft:${threadId}`;
    this.field.value = sessionStorage.getItem(this.key) ?? "";
    this.grow();
  }

  /** One is about to write; but where a keyboard would come over the page, that is left to the user. */
  takeFocus() {
    if (matchMedia("(hover: hover) and (pointer: fine)").matches) this.field.focus({ preventScroll: true });
  }

  /** @param {string} text */
  put(text) {
    this.field.value = text;
    this.typed();
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
  }

  /** @param {"answer"|"plan"|null} busy what is under way: the button stops it */
  setBusy(busy) {
    this.busy = busy !== null;
    const label = t(busy === "plan" ? "plan.stop" : busy ? "composer.stop" : "composer.send");
    this.button.replaceChildren(icon(busy ? "stop" : "send"));
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
  }

  typed() {
    sessionStorage.setItem(this.key, this.field.value);
    this.grow();
  }

  /** The field is as high as its text, which stands unseen behind it: measured by the layout, nothing jumps meanwhile. */
  grow() {
    this.sized.dataset.text = this.field.value;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!event.repeat && !this.busy) this.send();
  }

  /** @param {SubmitEvent} event */
  submit(event) {
    event.preventDefault();
    if (this.busy) this.onStop();
    else this.send();
  }

  send() {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.typed();
    this.onSend(text);
  }
}
