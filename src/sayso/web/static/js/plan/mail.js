/** A mail as its recipient gets it. */

import { h, icon } from "../dom.js";
import { bytes, dateTime, t } from "../i18n.js";
import { markedText, wasOf } from "./marks.js";
import { chips } from "./people.js";

/** @import {Child} from "../dom.js" */
/** @import {Action, CardMail, Named} from "../types.js" */
/** @import {PlanCard} from "./card.js" */

/** A body of more than this is folded at first. */
const LINES = 40;
const LENGTH = 3200;

/** @param {Action} action @param {CardMail} mail @param {(props: object, ...inner: Child[]) => HTMLElement} title @param {PlanCard} card */
export function letter(action, mail, title, card) {
  const people = new Map((action.people ?? []).map((person) => [person.email, person]));
  const known = (/** @type {Named[]} */ list) => list.map((one) => ({ ...people.get(one.email), ...one, role: undefined }));
  const line = (/** @type {"to"|"cc"|"bcc"} */ name) => mail[name].length + length(wasOf(action, name)) > 0 && h("div", null, h("dt", null, t(`arg.${name}`)), h("dd", null, chips(known(mail[name]), wasOf(action, name))));
  const { from, answers } = mail;
  return h(
    "div",
    { class: "letter" },
    h(
      "dl",
      { class: "letter-head" },
      from && h("div", null, h("dt", null, t("mail.from")), h("dd", { dir: "auto" }, h("span", null, from.name ? `${from.name} <${from.email}>` : from.email), action.account && h("small", null, ` ${action.account.label}`))),
      line("to"),
      line("cc"),
      line("bcc"),
    ),
    title({ class: "letter-subject", dir: "auto" }, mail.subject ? markedText(mail.subject, wasOf(action, "subject")) : t("mail.no_subject")),
    answers && h("p", { class: "letter-answers", dir: "auto" }, icon("retry", "flips"), t("mail.answers", { subject: answers.subject, from: answers.from.name || answers.from.email, date: dateTime(answers.date) })),
    mail.send_at && h("p", { class: "letter-answers" }, icon("clock"), h("b", null, t("held.at", { when: dateTime(mail.send_at) }))),
    body(mail.body, wasOf(action, "body"), `body-${action.id}`, card),
    mail.attachments.length > 0 && h("ul", { class: "files" }, mail.attachments.map(({ name, size }) => h("li", { dir: "auto" }, icon("clip"), h("span", null, name), size !== null && h("small", null, bytes(size))))),
  );
}

/** @param {unknown} list */
const length = (list) => (Array.isArray(list) ? list.length : 0);

/** The whole text, with its paragraphs. @param {string} text @param {unknown} was @param {string} key @param {PlanCard} card */
function body(text, was, key, card) {
  const shown = h("div", { class: "letter-body", dir: "auto" }, text ? markedText(text, was) : h("i", null, t("mail.no_text")));
  if (text.split("\n").length <= LINES && text.length <= LENGTH) return shown;
  const fold = () => {
    const open = card.open.has(key);
    shown.classList.toggle("is-folded", !open);
    button.textContent = t(open ? "message.fold" : "message.unfold");
    button.setAttribute("aria-expanded", String(open));
  };
  const toggle = () => (card.open[card.open.has(key) ? "delete" : "add"](key), fold());
  const button = h("button", { type: "button", class: "quiet", dataset: { key }, onclick: toggle });
  fold();
  return [shown, button];
}
