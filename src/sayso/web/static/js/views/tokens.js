/** Tokens for the user's own programs: made with what they may do, shown once, and taken back. */

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { dateTime, longDate, now, relative, t } from "../i18n.js";
import { copyButton } from "./notices.js";
import { attempt, group, listing } from "./rows.js";

/** @import {Scope, Token} from "../types.js" */

/** @type {Scope[]} */ const SCOPES = ["read", "chat", "decide"];
/** Days for which a token can be made; 0: for ever. */
const DAYS = [30, 90, 365, 0];
const DAY_MS = 86_400_000;

/** @returns {[HTMLElement, Promise<void>]} it, and when it is whole */
export function tokensGroup() {
  const list = h("ul", { class: "token-list" });
  const load = () =>
    listing(list, async () => {
      const { tokens } = await api.tokens();
      return tokens.length ? tokens.map((token) => tokenLine(token, load)) : h("li", { class: "row hint" }, t("tokens.none"));
    });
  return [group("key", "tokens.title", list, maker(load)), load()];
}

/** @param {Token} token @param {() => Promise<void>} reload */
function tokenLine({ id, name, scopes, created_at: made, expires_at: ends, used_at: used }, reload) {
  const revoke = () => attempt(() => api.revokeToken(id).finally(reload));
  const facts = [t("tokens.made", { when: relative(made) }), used ? t("sessions.seen", { when: relative(used) }) : t("tokens.unused"), ends ? t("tokens.ends", { date: longDate(ends) }) : t("tokens.endless")];
  return h(
    "li",
    { class: "row" },
    h("span", null, h("span", { class: "named", dir: "auto" }, name), h("small", null, scopes.map((scope) => t(`tokens.scope.${scope}`)).join(", ")), h("small", { title: dateTime(made) }, facts.join(" · "))),
    h("span", { class: "row-tools" }, h("button", { type: "button", class: "quiet", "aria-label": t("tokens.revoke_this", { name }), onclick: () => void revoke() }, t("tokens.revoke"))),
  );
}

/** Where a token is made; in its place the token, once. @param {() => Promise<void>} reload */
function maker(reload) {
  const name = h("input", { type: "text", id: "token-name", maxlength: 100, required: true, dir: "auto", autocomplete: "off" });
  const boxes = SCOPES.map((scope) => h("input", { type: "checkbox", name: "scope", value: scope, checked: scope === "read", onchange: () => warn() }));
  const days = h("select", { id: "token-days" }, DAYS.map((count) => h("option", { value: count, selected: count === 90 }, count ? t("tokens.days", { count }) : t("tokens.never"))));
  const warning = h("p", { class: "warns", role: "status" });
  const warn = () => fill(warning, boxes[2]?.checked && [icon("warning"), h("span", null, t("tokens.decides"))]);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const count = Number(days.value);
    const scopes = boxes.filter((box) => box.checked).map((box) => box.value);
    await attempt(async () => {
      const made = await api.makeToken({ name: name.value.trim(), scopes, ...(count ? { expires_at: new Date(now().getTime() + count * DAY_MS).toISOString() } : {}) });
      fill(place, once(made.name, made.token, again));
      place.querySelector("h3")?.focus();
      await reload();
    });
  };
  const form = h(
    "form",
    { onsubmit: submit },
    h("label", { for: "token-name" }, t("tokens.name")),
    name,
    h("fieldset", { class: "scopes" }, h("legend", null, t("tokens.may")), SCOPES.map((scope, index) => h("label", null, boxes[index], h("span", null, t(`tokens.scope.${scope}`), h("small", null, t(`tokens.scope.${scope}.hint`)))))),
    warning,
    h("label", { for: "token-days" }, t("tokens.lasts")),
    days,
    h("button", { type: "submit", class: "button" }, icon("key"), t("tokens.make")),
  );
  const place = h("div", { class: "fold-body" }, form);
  const again = () => {
    name.value = "";
    fill(place, form);
    details.open = false;
    details.querySelector("summary")?.focus();
  };
  const details = h("details", { class: "fold" }, h("summary", null, icon("chevron"), t("tokens.new")), place);
  return details;
}

/** @param {string} name @param {string} secret @param {() => void} done */
function once(name, secret, done) {
  return [
    h("h3", { tabindex: "-1", dir: "auto" }, t("tokens.once", { name })),
    h("p", null, t("tokens.once_text")),
    h("p", { class: "terminal is-whole", dir: "ltr" }, secret),
    h("p", { class: "choices" }, copyButton(secret, t("tokens.copy")), h("button", { type: "button", class: "button", onclick: done }, t("tokens.kept"))),
  ];
}
