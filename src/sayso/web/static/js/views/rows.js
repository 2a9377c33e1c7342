/** What settings are made of: groups of rows, and a way to do something whose failure is told. */

import { ApiError } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { explain, toast } from "./notices.js";

/** @import {Child} from "../dom.js" */

/** @param {Event} event */
export function valueOf(event) {
  return /** @type {HTMLInputElement} */ (event.target).value;
}

/** @param {string} drawing @param {string} key @param {...Child} rows */
export function group(drawing, key, ...rows) {
  return h("section", { class: "group" }, h("h2", null, icon(drawing), t(key)), h("div", { class: "rows" }, rows));
}

/** @param {string} key @param {HTMLElement} control @param {string} [hint] */
export function row(key, control, hint) {
  return h("label", { class: "row" }, h("span", null, t(key), hint && h("small", null, t(hint))), control);
}

/** Fill a list with what there is; what fails is told in its place. @param {HTMLElement} list @param {() => Promise<Child>} lines */
export async function listing(list, lines) {
  try {
    fill(list, await lines());
  } catch (error) {
    fill(list, h("li", { class: "row hint" }, explain(/** @type {Error} */ (error))));
  }
}

/** Do `work`; what fails is told, but for what a sign-in mends, which is asked for by the way in. @param {() => Promise<unknown>} work */
export async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) toast(explain(/** @type {Error} */ (error)), { error: true });
  }
}
