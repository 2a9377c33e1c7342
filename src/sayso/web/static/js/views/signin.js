/** The way in: one button a provider. The page comes back by itself when the user signs in elsewhere. */

import * as api from "../api.js";
import { byId, fill, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { guarded } from "./notices.js";

/** @param {boolean} ended whether there was a session before */
export async function showSignIn(ended) {
  const options = h("div", { class: "providers" });
  const page = h(
    "main",
    { class: "signin" },
    h("div", { class: "signin-card" }, h("span", { class: "logo" }, icon("mark")), h("h1", null, t("signin.title")), h("p", { class: "lead" }, t("signin.lead")), ended && h("p", { class: "card-note", role: "status" }, icon("info"), t("signin.ended")), options),
    h("ul", { class: "promises" }, ["ask", "see", "decide"].map((key) => h("li", null, icon({ ask: "thread", see: "eye", decide: "check" }[key] ?? "check"), h("b", null, t(`signin.${key}`)), h("span", null, t(`signin.${key}_text`))))),
  );
  fill(byId("signin"), page);
  byId("signin").hidden = false;
  byId("app").hidden = true;
  document.title = t("title");
  await guarded(options, async () => {
    const { providers } = await api.providers();
    fill(options, providers.map(provider));
  });
}

/** @param {{id?: string, name: string, label?: string, login_url?: string}} one */
function provider({ id, name, label, login_url: url }) {
  const key = id ?? name;
  if (key === "local") return h("div", { class: "local" }, h("h2", null, icon("device"), t("signin.local")), h("p", null, t("signin.local_text")), h("p", { class: "terminal", dir: "ltr" }, `${location.origin}/auth/local/login?token=…`), h("p", null, t("signin.local_again"), " ", h("code", null, "sayso login-link")), h("p", { class: "waiting-line" }, icon("spinner", "spin"), t("signin.local_waiting")));
  const path = `${url ?? `/auth/${encodeURIComponent(key)}/login`}?redirect=/`;
  return h("a", { class: "button is-strong is-wide", href: path, onclick: () => sessionStorage.setItem("return", location.hash) }, t("signin.with", { name: label ?? name }), icon("forward", "flips"));
}

export function hideSignIn() {
  byId("signin").hidden = true;
  byId("signin").replaceChildren();
  byId("app").hidden = false;
}
