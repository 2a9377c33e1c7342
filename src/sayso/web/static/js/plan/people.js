/** Whom an action reaches: a chip for each, in plain sight. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

/** @import {CardPerson, Named} from "../types.js" */

/** @param {(Named & Partial<CardPerson>)[]} people @param {unknown} [was] the addresses of the version before, if those were others */
export function chips(people, was) {
  const before = Array.isArray(was) ? was.map(String) : null;
  const mentions = (/** @type {string} */ text, /** @type {Named} */ { email }) => text.toLowerCase().includes(email.toLowerCase());
  const gone = before?.filter((text) => !people.some((person) => mentions(text, person))) ?? [];
  return h(
    "ul",
    { class: "people" },
    people.map((person) => chip(person, before !== null && !before.some((text) => mentions(text, person)))),
    gone.map((text) => h("li", { class: "person is-removed", dir: "auto" }, h("del", { class: "was" }, text))),
  );
}

/** @param {Named & Partial<CardPerson>} person @param {boolean} isNew in this version of the card */
function chip({ name, email, change, new: stranger, role }, isNew) {
  const called = name && name !== email ? [h("b", null, name), " ", h("span", null, email)] : h("b", null, email);
  return h(
    "li",
    { class: `person ${change ? `is-${change}` : ""}`, dir: "auto" },
    change && icon(change === "added" ? "plus" : "cross"),
    change && h("span", { class: "sr-only" }, t(`people.${change}`)),
    change === "removed" ? h("del", null, called) : isNew ? h("mark", null, called) : h("span", null, called),
    role === "organizer" && h("small", null, t("people.organizer")),
    stranger && h("small", { class: "is-stranger" }, t("people.new")),
  );
}
