/** Where the user is signed in: each sign-in by name, to end it; and the way to sign in another device. */

import { browserName } from "../agent.js";
import * as api from "../api.js";
import { h, icon, iconButton } from "../dom.js";
import { dateTime, relative, t } from "../i18n.js";
import { left, signOut } from "../session.js";
import { offerDevice } from "./devices.js";
import { toast } from "./notices.js";
import { attempt, group, listing } from "./rows.js";

/** @import {SessionEntry} from "../types.js" */

/** @returns {[HTMLElement, Promise<void>]} it, and when it is whole */
export function sessionsGroup() {
  const list = h("ul", { class: "session-list" });
  const load = () => listing(list, async () => (await api.sessions()).sessions.map((entry) => sessionLine(entry, load)));
  const element = group(
    "device",
    "settings.sessions",
    list,
    h("div", { class: "row is-end" }, h("button", { type: "button", class: "button", onclick: () => offerDevice(() => void load()) }, icon("plus"), t("devices.title")), h("button", { type: "button", class: "button", onclick: () => void attempt(signOut) }, icon("leave", "flips"), t("settings.sign_out"))),
    everywhere(load),
  );
  return [element, load()];
}

/** @param {() => Promise<void>} reload */
function everywhere(reload) {
  const end = (/** @type {boolean} */ here) =>
    attempt(async () => {
      const { ended } = await api.endSessions(here);
      if (here) return left();
      toast(t("sessions.ended", { count: ended }));
      await reload();
    });
  return h(
    "details",
    { class: "fold" },
    h("summary", null, icon("chevron"), t("sessions.everywhere")),
    h("div", { class: "fold-body" }, h("p", null, t("sessions.everywhere_text")), h("p", { class: "choices" }, h("button", { type: "button", class: "button", onclick: () => void end(false) }, t("sessions.others")), h("button", { type: "button", class: "button is-danger", onclick: () => void end(true) }, icon("leave", "flips"), t("sessions.all")))),
  );
}

/** @param {SessionEntry} entry @param {() => Promise<void>} reload @returns {HTMLElement} */
function sessionLine(entry, reload) {
  const browser = browserName(entry.user_agent ?? "");
  const name = entry.name || browser;
  const revoke = () => attempt(() => api.revokeSession(entry.id).finally(reload));
  const facts = [entry.name && entry.name !== browser && browser, t("settings.signed_in", { when: relative(entry.created_at) }), entry.seen_at && !entry.current && t("sessions.seen", { when: relative(entry.seen_at) })];
  const line = h(
    "li",
    { class: "row" },
    h("span", null, h("span", { class: "named", dir: "auto" }, name), entry.current && h("span", { class: "tag" }, t("settings.this_session")), h("small", { title: dateTime(entry.created_at) }, facts.filter(Boolean).join(" · "))),
    h(
      "span",
      { class: "row-tools" },
      iconButton("pencil", t("sessions.rename", { name }), () => line.replaceWith(renaming(entry, name, reload, line))),
      !entry.current && h("button", { type: "button", class: "quiet", "aria-label": t("sessions.revoke_this", { name }), onclick: () => void revoke() }, t("settings.revoke")),
    ),
  );
  return line;
}

/** The line while its name is changed; Escape gives it back. @param {SessionEntry} entry @param {string} name @param {() => Promise<void>} reload @param {HTMLElement} line */
function renaming(entry, name, reload, line) {
  const back = () => {
    form.replaceWith(line);
    line.querySelector("button")?.focus();
  };
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    await attempt(() => api.renameSession(entry.id, field.value.trim()));
    await reload();
  };
  const field = h("input", { type: "text", value: name, maxlength: 100, dir: "auto", required: true, "aria-label": t("enter.name"), onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && back() });
  const form = h("li", null, h("form", { class: "row", onsubmit: save }, field, h("span", { class: "row-tools" }, h("button", { type: "button", class: "quiet", onclick: back }, t("edit.discard")), h("button", { type: "submit", class: "button" }, t("save")))));
  queueMicrotask(() => field.select());
  return form;
}
