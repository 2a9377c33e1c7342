/** One action of a plan card: the thing itself as it would be, then what became of it, and how to take it back. */

import { emit } from "../bus.js";
import { h, icon } from "../dom.js";
import { dateTime, has, t } from "../i18n.js";
import { editForm, editable } from "./edit.js";
import { leaving, undoing } from "./held.js";
import { itemList } from "./items.js";
import { letter } from "./mail.js";
import { thing } from "./thing.js";

/** @import {Child} from "../dom.js" */
/** @import {Action, Effect, Warning} from "../types.js" */
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
  const out = pending && card.left.has(action.id);
  const props = { class: `action is-${pending ? "waiting" : action.status} effect-${action.effect} ${out ? "is-out" : ""}` };
  if (pending && card.editing === action.id) return h("li", props, (card.form ??= editForm(action, card)));
  return h("li", props, pending ? pickBox(action, card) : outcomeIcon(action), h("div", { class: "action-main" }, pending ? proposed(action, card, out) : decided(action, card)));
}

/** @param {Action} action @param {PlanCard} card @param {boolean} out left out */
function proposed(action, card, out) {
  const drawn = drawing(action, card);
  return [
    h("div", { class: "action-top" }, h("p", { class: "action-meta" }, tags(action), out && h("b", null, t("action.left_out"))), editButton(action, card)),
    drawn,
    warnings(action, card),
    action.reversible === false && h("p", { class: "final" }, icon("final"), t("action.final")),
    details(action, card, drawn),
  ];
}

/** @param {Action} action @param {PlanCard} card */
function decided(action, card) {
  const drawn = action.kind ? drawing(action, card) : null;
  return [
    h("p", { class: "action-preview", lang: "en", dir: "auto" }, receiptOf(action) ?? ((action.status === "held" && action.summary) || action.preview)),
    h("p", { class: "action-meta" }, tags(action), action.status !== "held" && h("span", { class: "outcome" }, t(`action.state.${stateOf(action, card)}`))),
    leaving(action, card),
    outcome(action, card),
    undoing(action, card),
    details(action, card, drawn),
  ];
}

/** What kind of thing it does, whom it reaches, what it deletes, and in which account. @param {Action} action */
function tags(action) {
  const { kind = "", tool, account, mail } = action;
  return [
    h("span", { class: "place-of" }, icon(toolIcon(tool)), has(`kind.${kind}`) ? t(`kind.${kind}`) : toolPlace(tool)),
    effectsOf(action).map(effectTag),
    account && !mail?.from && h("span", { dir: "auto" }, account.label),
  ];
}

/** What is worth a word besides the kind: whom it reaches; a deletion is told as one, also where others hear of it. @param {{effect: Effect, kind?: string}} action @returns {Effect[]} */
export function effectsOf({ effect, kind = "" }) {
  if (kind && effect === "write" && !kind.endsWith(".delete")) return [];
  return effect !== "destructive" && kind.endsWith(".delete") ? ["destructive", ...(effect === "outbound" ? [effect] : [])] : [effect];
}

/** @param {Effect} effect */
export const effectTag = (effect) => h("span", { class: `effect effect-${effect}` }, icon(`effect-${effect}`), t(`effect.${effect}`));

/** Whether all of it is there as data, and so drawn. @param {Action} action */
const isData = ({ mail, items, after, before }) => Boolean(mail || items?.length || after || before);

/** The thing itself. Of what an earlier version stored there is only a line of text. @param {Action} action @param {PlanCard} card */
function drawing(action, card) {
  const { mail, items } = action;
  const title = (/** @type {object} */ props, /** @type {Child[]} */ ...inner) => card.title({ dir: "auto", ...props }, ...inner);
  if (mail) return letter(action, mail, title, card);
  const [first, ...others] = items ?? [];
  if (first) return h("div", { class: "thing" }, title({}, others.length ? t("items.title", { count: others.length + 1 }) : first.title), labels(action), others.length ? itemList(action, items ?? [], card) : h("p", { class: "hint", dir: "auto" }, first.who, " · ", dateTime(first.at)));
  if (isData(action)) return thing(action, title);
  return h("div", { class: "thing" }, title({ lang: "en" }, action.summary || action.preview));
}

/** Which labels are added and taken away. @param {Action} action */
function labels({ args }) {
  const line = (/** @type {string} */ name) => {
    const names = args[name];
    return Array.isArray(names) && names.length > 0 && h("p", { class: "thing-where", dir: "auto" }, icon(name === "add" ? "plus" : "cross"), h("span", null, `${t(`arg.${name}`)}: ${names.join(", ")}`));
  };
  return [line("add"), line("remove")];
}

/** Whether the plan was closed without being run; the card's head says why. @param {PlanCard} card */
function neverRan({ plan }) {
  return ["cancelled", "expired", "superseded"].includes(plan.status);
}

/** What to call the state of an action. @param {Action} action @param {PlanCard} card */
function stateOf(action, card) {
  if (action.undo?.done) return "undone";
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

const OUTCOMES = { waiting: "dot", held: "clock", running: "spinner", succeeded: "check", failed: "cross", skipped: "skip", unknown: "question" };

/** @param {Action} action */
function outcomeIcon(action) {
  return h("span", { class: "outcome-icon" }, icon(OUTCOMES[action.status], action.status === "running" ? "spin" : ""));
}

/** What was done, told by the server; null while nothing was. @param {Action} action */
function receiptOf({ status, receipt }) {
  return status === "succeeded" && receipt ? receipt : null;
}

/** @param {Action} action @param {PlanCard} card */
function warnings({ warnings: all }, card) {
  if (!all.length) return null;
  const isFresh = (/** @type {Warning} */ { text }) => card.fresh.has(text);
  return h("ul", { class: "warnings", lang: "en" }, all.map((each) => h("li", { class: isFresh(each) ? "is-fresh" : null, dir: "auto" }, icon("warning"), h("span", null, isFresh(each) && h("b", null, `${t("plan.new_warning")} `), each.text))));
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

/** What stands nowhere else; behind a decision also the thing as it was decided on. @param {Action} action @param {PlanCard} card @param {HTMLElement|null} drawn */
function details(action, card, drawn) {
  const pending = card.plan.status === "pending";
  /** @type {[string, string][]} */ const told = !pending && !drawn && receiptOf(action) ? [[t("action.confirmed_text"), action.preview]] : [];
  const pairs = [...told, ...(isData(action) ? [] : (action.details ?? []))];
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
      !pending && [drawn, warnings(action, card)],
      pairs.length > 0 && h("dl", { class: "facts", lang: "en" }, pairs.map(([label, text]) => h("div", null, h("dt", null, label), h("dd", { dir: "auto" }, text)))),
      everyArgument(action),
    ),
  );
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
  if (card.busy || card.left.has(action.id) || !editable(action).length) return null;
  const open = () => {
    card.editing = action.id;
    card.draw();
    const first = card.element.querySelector(".edit input, .edit textarea, .edit select");
    if (first instanceof HTMLElement) first.focus();
  };
  return h("button", { type: "button", class: "quiet", dataset: { key: `edit-${action.id}` }, onclick: open, "aria-label": t("action.edit_this", { preview: action.preview }) }, icon("pencil"), h("span", null, t("action.edit")));
}
