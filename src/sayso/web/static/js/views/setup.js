/** What whoever runs this server does once at a provider, so that its accounts can be connected. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { copyButton } from "./notices.js";
import { LOOPBACK } from "./signin.js";

/** @import {Child} from "../dom.js" */
/** @import {Setup} from "../types.js" */

const CONSOLE = "https://console.cloud.google.com";
/** The names of the APIs, as Google's library has them. */
const APIS = { "Google Calendar": "calendar-json", Gmail: "gmail", "Google Tasks": "tasks", "Google People": "people" };

/** @param {string} path @param {string} words */
function page(path, words) {
  return h("a", { href: path.startsWith("/") ? CONSOLE + path : path, target: "_blank", rel: "noopener noreferrer" }, words);
}

/** @param {string} key @param {...Child} more */
function step(key, ...more) {
  return h("li", null, h("p", null, t(`setup.google.${key}`)), more);
}

/** Something to be registered as it stands. @param {string} text */
function toCopy(text) {
  return h("div", { class: "to-copy" }, h("pre", { tabindex: "0", dir: "ltr" }, text), copyButton(text, t("setup.copy")));
}

/** @param {Setup} setup */
export function setupSteps({ label, redirect_uri: uri, scopes, done }) {
  const { protocol, hostname } = new URL(uri);
  const refused = protocol !== "https:" && !LOOPBACK.test(hostname); // as its "Redirect URI validation rules" have it
  return h(
    "details",
    { class: "addition setup" },
    h("summary", null, icon("chevron"), t(done ? "setup.done" : "setup.todo", { label })),
    h("p", { class: "hint" }, t("setup.google.why")),
    h(
      "ol",
      null,
      step("project", page("/projectcreate", t("setup.google.project_page"))),
      step("apis", h("p", null, Object.entries(APIS).map(([name, id], place) => [place > 0 && " · ", page(`/apis/library/${id}.googleapis.com`, name)]))),
      step("audience", page("/auth/audience", t("setup.google.audience_page"))),
      step("scopes", page("/auth/scopes", t("setup.google.scopes_page")), toCopy(scopes.join("\n"))),
      step("client", page("/auth/clients/create", t("setup.google.client_page")), toCopy(uri), refused && h("p", { class: "failed" }, icon("warning"), t("setup.google.https"))),
      step("settings", toCopy("SAYSO_OIDC_GOOGLE_CLIENT_ID=\nSAYSO_OIDC_GOOGLE_CLIENT_SECRET=")),
    ),
    h("b", null, t("setup.wrong")),
    h("ul", null, ["mismatch", "unverified", "blocked", "seven_days", "off"].map((key) => h("li", null, t(`setup.google.${key}`)))),
  );
}
