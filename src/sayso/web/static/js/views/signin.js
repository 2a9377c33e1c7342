/** The way in: one button a provider. The page comes back by itself when the user signs in elsewhere. */

import * as api from "../api.js";
import { byId, fill, h, icon } from "../dom.js";
import { has, t } from "../i18n.js";
import { guarded } from "./notices.js";

/** @import {Child} from "../dom.js" */
/** @import {Provider} from "../types.js" */

/** Hosts that only the machine itself reaches. */
export const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;
/** @type {Element|null} what had the focus when the way in was shown */ let before = null;

/** How a sign-in ended, in words. @param {string} outcome as "link_used" @returns {[string, string]} */
export function outcomeWords(outcome) {
  const key = has(`signin.outcome.${outcome}`) ? outcome : "provider_error";
  return [t(`signin.outcome.${key}`), t(`signin.outcome.${key}.next`)];
}

/** @param {{ended?: string, outcome?: string}} [why] ended: how a session ended that was here; outcome: how the last attempt to sign in did */
export async function showSignIn({ ended, outcome } = {}) {
  const options = h("div", { class: "providers" });
  const news = outcome ? outcomeWords(outcome) : ended ? [t(`signin.ended.${ended}`), t("signin.ended.next")] : null;
  showCard(
    h("h1", { tabindex: "-1" }, t("signin.title")),
    !news && h("p", { class: "lead" }, t("signin.lead")),
    news && h("div", { class: "card-note", role: "status" }, icon(outcome ? "warning" : "info"), h("p", null, h("b", null, news[0]), " ", news[1])),
    options,
  );
  await guarded(options, async () => {
    const { providers } = await api.providers();
    fill(options, providers.map(provider), h("p", { class: "hint" }, t("signin.device")));
  });
}

/** A card of the way in, in place of the page. @param {...Child} content */
export function showCard(...content) {
  const place = byId("signin");
  if (place.hidden) before = document.activeElement;
  const promises = ["ask", "see", "decide"].map((key) => h("li", null, icon({ ask: "thread", see: "eye", decide: "check" }[key] ?? "check"), h("b", null, t(`signin.${key}`)), h("span", null, t(`signin.${key}_text`))));
  fill(place, h("main", { class: "signin" }, h("div", { class: "signin-card" }, h("span", { class: "logo" }, icon("mark")), content), h("ul", { class: "promises" }, promises)));
  place.hidden = false;
  byId("app").hidden = true;
  document.title = t("title");
  place.querySelector("h1")?.focus();
}

/** @param {Provider} one */
function provider({ id, name, login_url: url }) {
  const key = id ?? name;
  if (key === "local") return LOOPBACK.test(location.hostname) ? local() : null;
  const path = `${url ?? `/auth/${encodeURIComponent(key)}/login`}?redirect=/`;
  return h("a", { class: "button is-strong is-wide", href: path, onclick: () => sessionStorage.setItem("return", location.hash) }, t("signin.with", { name }), icon("forward", "flips"));
}

/** How the one local user signs in, on the machine that the server runs on. */
function local() {
  return h("div", { class: "local" }, h("h2", null, icon("device"), t("signin.local")), h("p", null, t("signin.local_text")), h("p", { class: "terminal", dir: "ltr" }, `${location.origin}/auth/local/login?token=…`), h("p", null, t("signin.local_again"), " ", h("code", null, "sayso login-link")), h("p", { class: "waiting-line" }, icon("spinner", "spin"), t("signin.local_waiting")));
}

/** The page again, with the focus where it was. */
export function hideSignIn() {
  const place = byId("signin");
  if (place.hidden) return;
  place.hidden = true;
  place.replaceChildren();
  byId("app").hidden = false;
  if (before instanceof HTMLElement && before.isConnected) before.focus();
}
