/** Forms that say beside a field what is wrong with it, and that they are at work. */

import { ApiError } from "../api.js";
import { h, icon } from "../dom.js";
import { announce, explain } from "./notices.js";

let serial = 0;

/**
 * A control of a form with its label.
 * @param {string} name that the API has for it @param {string} label @param {HTMLElement} control @param {string|false} [hint]
 */
export function field(name, label, control, hint) {
  const id = `field-${(serial += 1)}`;
  control.id = id;
  control.setAttribute("aria-describedby", `${hint ? `${id}-hint ` : ""}${id}-problem`);
  const mended = () => {
    control.removeAttribute("aria-invalid");
    problem.textContent = "";
  };
  const problem = h("small", { class: "action-error", id: `${id}-problem` });
  return h("div", { class: "field", dataset: { field: name }, oninput: mended }, h("label", { for: id }, label), control, hint && h("small", { id: `${id}-hint` }, hint), problem);
}

/** Where a form says what is wrong with it as a whole. */
export function problemLine() {
  return h("p", { class: "action-error form-problem", role: "alert" });
}

/** @param {string} label */
export function submitButton(label) {
  return h("button", { type: "submit", class: "button is-strong" }, label);
}

/** Say what is wrong: beside the fields that the server names, else on the form's own line; nothing (any more) without `error`. @param {HTMLFormElement} form @param {unknown} [error] */
export function complain(form, error) {
  for (const place of form.querySelectorAll(".action-error")) place.textContent = "";
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  if (!error) return;
  /** @type {{field?: string, message?: string}[]} */
  const named = error instanceof ApiError ? (error.details.fields ?? []) : [];
  const said = named.filter(({ field: name = "", message = "" }) => complainAt(form, name, message));
  const line = form.querySelector(".form-problem");
  if (line && said.length < Math.max(named.length, 1)) line.textContent = explain(/** @type {Error} */ (error));
  /** @type {HTMLElement|null} */ (form.querySelector("[aria-invalid]"))?.focus();
}

/** @param {HTMLFormElement} form @param {string} name @param {string} message @returns {boolean} whether there is such a field */
function complainAt(form, name, message) {
  const place = form.querySelector(`[data-field="${CSS.escape(name)}"]`);
  const line = place?.querySelector(".action-error");
  if (!place || !line) return false;
  line.textContent = message;
  place.querySelector("input, select")?.setAttribute("aria-invalid", "true");
  place.closest("details")?.setAttribute("open", "");
  return true;
}

/** Do `work`, and show at the form's button that it goes on and for how long. @template T @param {HTMLFormElement} form @param {string} words @param {() => Promise<T>} work @returns {Promise<T>} */
export async function working(form, words, work) {
  const began = performance.now();
  const seconds = h("span", { class: "seconds", "aria-hidden": "true" });
  const line = h("p", { class: "working" }, icon("spinner", "spin"), words, seconds);
  const tick = () => (seconds.textContent = `${Math.floor((performance.now() - began) / 1000)} s`);
  const ticking = setInterval(tick, 1000);
  const buttons = [...form.querySelectorAll(".form-buttons button")];
  form.ariaBusy = "true";
  for (const button of buttons) button.ariaDisabled = "true";
  form.querySelector(".form-buttons")?.prepend(line);
  announce(words);
  try {
    return await work();
  } finally {
    clearInterval(ticking);
    line.remove();
    form.ariaBusy = null;
    for (const button of buttons) button.ariaDisabled = null;
  }
}
