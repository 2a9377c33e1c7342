/** One line of a plan card: what the action does, its details on demand, and later what became of it. */

import { emit } from "../bus.js";
import { fill, h, icon } from "../dom.js";
import { has, t } from "../i18n.js";
import * as plans from "../plans.js";
import { editForm, editable } from "./edit.js";

/** @import {Action} from "../types.js" */
/** @import {PlanCard} from "./card.js" */

/** The drawing for what a tool works on. @param {string} tool @returns {"calendar"|"mail"|"task"|"person"} */
export function toolIcon(tool) {
  if (/calendar|invitation|free_time/.test(tool)) return "calendar";
  if (/mail/.test(tool)) return "mail";
  if (/task/.test(tool)) return "task";
  return "person";
}

/** The part of the workspace that a tool works on, by name. @param {string} tool */
export function toolPlace(tool) {
  return t(`connection.${{ calendar: "calendar", mail: "mail", task: "tasks", person: "contacts" }[toolIcon(tool)]}`);
}

/** A tool's name in plain words. @param {string} tool */
export function toolName(tool) {
  return has(`tool.${tool}`) ? t(`tool.${tool}`) : tool.replaceAll("_", " ");
}

/** @param {Action} action @param {PlanCard} card */
export function actionLine(action, card) {
  const pending = card.plan.status === "pending";
  const out = card.left.has(action.id);
  const line = h("li", { class: `action is-${pending ? "waiting" : action.status} effect-${action.effect} ${pending && out ? "is-out" : ""}` });
  if (pending && card.editing === action.id) {
    fill(line, editForm(action, card));
    return line;
  }
  fill(
    line,
    pending ? pickBox(action, card) : outcomeIcon(action),
    h(
      "div",
      { class: "action-main" },
      h("div", { class: "action-top" }, h("p", { class: "action-preview", lang: "en", dir: "auto" }, receiptOf(action) ?? action.preview), editButton(action, card)),
      h(
        "p",
        { class: "action-meta" },
        h("span", { class: "place-of" }, icon(toolIcon(action.tool)), toolPlace(action.tool)),
        h("span", { class: `effect effect-${action.effect}` }, icon(`effect-${action.effect}`), t(`effect.${action.effect}`)),
        pending && out && h("b", null, t("action.left_out")),
        !pending && h("span", { class: "outcome" }, t(`action.state.${stateOf(action, card)}`)),
      ),
      pending ? warnings(action) : outcome(action, card),
      details(action, card),
    ),
  );
  return line;
}

/** Whether the plan was closed without being run; the card's head says why. @param {PlanCard} card */
function neverRan({ plan }) {
  return ["cancelled", "expired", "superseded"].includes(plan.status);
}

/** What to call the state of an action. @param {Action} action @param {PlanCard} card */
function stateOf(action, card) {
  return neverRan(card) ? "not_run" : action.status;
}

/** @param {Action} action @param {PlanCard} card */
function pickBox(action, card) {
  if (card.plan.actions.length < 2) return null;
  const toggle = (/** @type {Event} */ event) => {
    if (/** @type {HTMLInputElement} */ (event.target).checked) card.left.delete(action.id);
    else card.left.add(action.id);
    card.draw();
  };
  return h("input", {
    type: "checkbox",
    class: "pick",
    checked: !card.left.has(action.id),
    disabled: card.busy !== null,
    "aria-label": t("action.include", { preview: action.preview }),
    dataset: { key: `pick-${action.id}` },
    onchange: toggle,
  });
}

const OUTCOMES = { waiting: "dot", running: "spinner", succeeded: "check", failed: "cross", skipped: "skip", unknown: "question" };

/** @param {Action} action */
function outcomeIcon(action) {
  return h("span", { class: "outcome-icon" }, icon(OUTCOMES[action.status], action.status === "running" ? "spin" : ""));
}

/** What was done, told by the server; null while nothing was. @param {Action} action */
function receiptOf({ status, receipt }) {
  return status === "succeeded" && receipt ? receipt : null;
}

/** @param {Action} action */
function warnings(action) {
  if (!action.warnings?.length) return null;
  return h("ul", { class: "warnings", lang: "en" }, action.warnings.map((warning) => h("li", { dir: "auto" }, icon("warning"), h("span", null, warning))));
}

/** @param {Action} action @param {PlanCard} card */
function outcome(action, card) {
  const again = () => emit("compose", { text: askFor(action), send: false });
  return [
    action.error && !neverRan(card) && h("p", { class: action.status === "skipped" ? "next" : "action-error", lang: "en", dir: "auto" }, action.error),
    ["failed", "unknown"].includes(action.status) && h("p", { class: "next" }, t(`action.next.${action.status}.${toolIcon(action.tool) === "mail" ? "mail" : "other"}`)),
    (action.status === "failed" || card.plan.status === "expired") && !card.linked && h("button", { type: "button", class: "quiet", onclick: again }, icon("retry"), t("action.again")),
  ];
}

/** The action in words that ask for it. @param {Action} action */
function askFor({ question, preview }) {
  return question ? `${question.charAt(0).toUpperCase()}${question.slice(1)}` : preview;
}

/** @param {Action} action @param {PlanCard} card */
function details(action, card) {
  /** @type {[string, string][]} */
  const pairs = [...(receiptOf(action) ? [/** @type {[string, string]} */ ([t("action.confirmed_text"), action.preview])] : []), ...inOneRow(action.details ?? [])];
  const before = new Map(plans.get(card.plan.supersedes)?.actions.flatMap((old) => (old.tool === action.tool ? inOneRow(old.details ?? []) : [])) ?? []);
  const toggle = (/** @type {Event} */ event) => {
    if (/** @type {HTMLDetailsElement} */ (event.target).open) card.open.add(action.id);
    else card.open.delete(action.id);
  };
  return h(
    "div",
    { class: "action-more" },
    h(
      "details",
      { open: card.open.has(action.id), ontoggle: toggle },
      h("summary", { dataset: { key: `details-${action.id}` } }, icon("chevron"), t("action.details")),
      card.plan.status !== "pending" && warnings(action),
      pairs.length > 0 && h("dl", { class: "facts", lang: "en" }, pairs.map(([label, text]) => fact(label, text, before.size > 0 && before.get(label) !== text))),
      everyArgument(action),
    ),
  );
}

/** When an event was and when it will be, in one row. @param {[string, string][]} pairs @returns {[string, string][]} */
function inOneRow(pairs) {
  const before = pairs.find(([label]) => label === "Before")?.[1];
  if (!before) return pairs;
  const rows = pairs.filter(([label]) => label !== "Before");
  return rows.map(([label, text]) => [label, label === "When" && !text.startsWith(before) ? `${before} → ${text}` : text]);
}

/** @param {string} label @param {string} text @param {boolean} changed */
function fact(label, text, changed) {
  const parts = text.split(" → ");
  const [old, fresh] = parts;
  const isChange = parts.length === 2 && !text.includes("\n");
  const value = isChange ? [h("del", null, old), " → ", h("ins", null, fresh)] : text;
  return h("div", { class: changed ? "is-changed" : null }, h("dt", null, label, changed && h("span", { class: "new" }, t("action.changed"))), h("dd", { dir: "auto" }, value));
}

/** What exactly will be handed to the tool. @param {Action} action */
function everyArgument(action) {
  const rows = Object.entries(action.args).filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length));
  return h(
    "details",
    { class: "raw" },
    h("summary", null, icon("chevron"), t("action.every_argument")),
    h("dl", { class: "facts is-raw" }, h("div", null, h("dt", null, "tool"), h("dd", null, action.tool)), rows.map(([key, value]) => h("div", null, h("dt", null, key), h("dd", { dir: "auto" }, typeof value === "string" ? value : JSON.stringify(value))))),
  );
}

/** @param {Action} action @param {PlanCard} card */
function editButton(action, card) {
  if (card.plan.status !== "pending" || card.busy || card.left.has(action.id) || !editable(action).length) return null;
  const open = () => {
    card.editing = action.id;
    card.draw();
    const first = card.element.querySelector(".edit input, .edit textarea, .edit select");
    if (first instanceof HTMLElement) first.focus();
  };
  return h("button", { type: "button", class: "quiet", dataset: { key: `edit-${action.id}` }, onclick: open, "aria-label": t("action.edit_this", { preview: action.preview }) }, icon("pencil"), h("span", null, t("action.edit")));
}
