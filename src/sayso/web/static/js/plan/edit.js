/** Editing an action in place. Sending the form never confirms: it asks the server for a new plan, which is shown first. */

import { ApiError } from "../api.js";
import * as decide from "../decide.js";
import { h, icon } from "../dom.js";
import { has, t } from "../i18n.js";
import { explain } from "../views/notices.js";

/** @import {Action} from "../types.js" */
/** @import {PlanCard} from "./card.js" */

/** @typedef {"text"|"long"|"time"|"flag"|"people"|"number"} Kind */
/** @typedef {{name: string, kind: Kind, value: unknown, options?: string[]}} Field */

/** What an argument is, where its value does not say so. Names of things that exist, and what not every account can do, are not edited: ask for another plan. */
/** @type {Record<string, Kind|null>} */
const KINDS = {
  event: null, task: null, message: null, messages: null, draft: null, response: null, meeting_link: null, memory: null,
  kind: null, body: "long", description: "long", note: "long", notes: "long", text: "long",
  start: "time", end: "time", due: "time",
  guests: "people", to: "people", cc: "people", bcc: "people", add_guests: "people", remove_guests: "people", add: "people", remove: "people",
  title: "text", location: "text", subject: "text", recurrence: "text", timezone: "text", list: "text",
  scope: "text",
};

/** @param {Action} action @returns {Field[]} */
export function editable(action) {
  return Object.entries(action.args).flatMap(([name, value]) => {
    const kind = name in KINDS ? KINDS[name] : kindOf(value);
    if (!kind || (value === null && kind === "number")) return [];
    return [{ name, kind, value, options: name === "scope" ? ["this", "following", "all"] : undefined }];
  }).filter(({ name, value }) => name !== "scope" || value !== null);
}

/** @param {unknown} value @returns {Kind|null} */
function kindOf(value) {
  if (typeof value === "boolean") return "flag";
  if (typeof value === "number") return "number";
  return typeof value === "string" ? "text" : null;
}

/** "2026-03-10T15:00:00-05:00" as one would write it: "2026-03-10 15:00". @param {Field} field */
function written({ kind, value }) {
  if (value === null || value === undefined) return "";
  if (kind === "people") return Array.isArray(value) ? value.join(", ") : String(value);
  if (kind === "time") return String(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:00(\.0+)?)?([+-]\d\d:\d\d|Z)?$/, "$1 $2");
  return String(value);
}

/** @param {Field} field @param {string} text @param {boolean} checked @returns {unknown} */
function meant({ kind }, text, checked) {
  if (kind === "flag") return checked;
  if (kind === "number") return Number(text);
  if (kind === "people") return text.split(/[,;\n]/).map((part) => part.trim()).filter(Boolean);
  return text.trim();
}

/** @param {string} name */
function label(name) {
  return has(`arg.${name}`) ? t(`arg.${name}`) : name.replaceAll("_", " ");
}

/** @param {Field} field @param {string} id @param {string} hint the id of what explains times */
function control(field, id, hint) {
  const text = written(field);
  const props = { id, name: field.name, dir: "auto", "aria-describedby": field.kind === "time" ? `${hint} ${id}-problem` : `${id}-problem` };
  if (field.options) return h("select", props, field.options.map((option) => h("option", { value: option, selected: option === text }, t(`scope.${option}`))));
  if (field.kind === "flag") return h("input", { ...props, type: "checkbox", checked: field.value === true });
  if (field.kind === "long") return h("textarea", { ...props, rows: "4" }, text);
  return h("input", { ...props, type: field.kind === "number" ? "number" : "text", value: text, autocomplete: "off" });
}

/** @param {Action} action @param {PlanCard} card */
export function editForm(action, card) {
  const fields = editable(action);
  const problem = h("p", { class: "action-error", role: "alert" });
  const hint = `edit-${action.id}-hint`;
  const row = (/** @type {Field} */ field) => {
    const id = `edit-${action.id}-${field.name}`;
    return h("div", { class: `field is-${field.kind}` }, h("label", { for: id }, label(field.name)), control(field, id, hint), h("small", { class: "action-error", id: `${id}-problem` }));
  };
  const given = fields.filter((field) => field.kind === "flag" || written(field));
  const open = fields.filter((field) => !given.includes(field));
  const close = () => {
    card.editing = null;
    card.draw();
    /** @type {HTMLElement|null} */ (card.element.querySelector(`[data-key="edit-${CSS.escape(action.id)}"]`))?.focus();
  };
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { id } = card.plan;
    const edits = changes(form, fields, action);
    if (!Object.keys(edits).length) return close();
    form.setAttribute("aria-busy", "true");
    try {
      if ((await decide.edit(card.plan, { [action.id]: edits })).id === id) return close();
      card.element.focus({ preventScroll: true });
    } catch (error) {
      form.removeAttribute("aria-busy");
      await complain(/** @type {Error} */ (error), form, action, problem, card);
    }
  };
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  return h(
    "form",
    { class: "edit", onsubmit: submit, onkeydown: escape, oninput: mended, "aria-label": t("action.edit_this", { preview: action.preview }) },
    h("p", { class: "action-preview", lang: "en", dir: "auto" }, action.preview),
    fields.some(({ kind }) => kind === "time") && h("small", { id: hint }, t("edit.time_hint")),
    given.map(row),
    open.length > 0 && h("details", { class: "more-fields", open: given.length === 0 }, h("summary", null, icon("chevron"), t("edit.more")), open.map(row)),
    problem,
    h("div", { class: "edit-buttons" }, h("button", { type: "button", class: "button", onclick: close }, t("edit.discard")), h("button", { type: "submit", class: "button is-strong" }, icon("eye"), t("edit.preview"))),
  );
}

/** What is being mended is wrong no more. @param {Event} event */
function mended({ target, currentTarget }) {
  const control = /** @type {HTMLElement} */ (target);
  const form = /** @type {HTMLElement} */ (currentTarget);
  control.removeAttribute("aria-invalid");
  for (const line of [control.closest(".field")?.querySelector(".action-error"), form.querySelector(":scope > .action-error")]) if (line) line.textContent = "";
}

/** Only what the user changed; a new start keeps the length unless the end is new as well. @param {HTMLFormElement} form @param {Field[]} fields @param {Action} action */
function changes(form, fields, action) {
  /** @type {Record<string, unknown>} */ const edits = {};
  for (const field of fields) {
    const element = /** @type {HTMLInputElement} */ (form.elements.namedItem(field.name));
    const same = field.kind === "flag" ? element.checked === field.value : element.value === written(field);
    if (!same) edits[field.name] = meant(field, element.value, element.checked);
  }
  const { start, end } = action.args;
  if ("start" in edits && !("end" in edits) && "duration_minutes" in action.args && isTime(start) && isTime(end)) {
    edits.end = null;
    edits.duration_minutes = Math.max(1, Math.round((Date.parse(end) - Date.parse(start)) / 60_000));
  }
  return edits;
}

/** @param {unknown} value @returns {value is string} */
function isTime(value) {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value);
}

/** @param {Error} error @param {HTMLFormElement} form @param {Action} action @param {HTMLElement} problem @param {PlanCard} card */
async function complain(error, form, action, problem, card) {
  if (error instanceof ApiError && error.status === 409) return card.refuse();
  /** @type {{field?: string, message?: string}[]} */
  const fields = error instanceof ApiError ? (error.details.fields ?? []) : [];
  for (const { field = "", message = "" } of fields) {
    const name = field.split(".").at(-1) ?? "";
    const place = form.querySelector(`#${CSS.escape(`edit-${action.id}-${name}-problem`)}`);
    if (!place) continue;
    place.textContent = message;
    place.closest(".field")?.querySelector("input, select, textarea")?.setAttribute("aria-invalid", "true");
    place.closest("details")?.setAttribute("open", "");
  }
  problem.textContent = explain(error);
  /** @type {HTMLElement|null} */ (form.querySelector("[aria-invalid]"))?.focus();
}
