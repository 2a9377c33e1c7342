/**
 * A device that signs in by a link, which a signed-in device shows: it names itself, shows a number to compare, and waits there for the
 * other's yes. The link is not kept; what is waited for survives a reload.
 */

import { deviceName } from "../agent.js";
import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { has, t } from "../i18n.js";
import { refresh, session } from "../session.js";
import { explain } from "./notices.js";
import { showCard, showSignIn } from "./signin.js";

/** @typedef {{check: string}} Claim */

const KEY = "entering";
const ASK_MS = 1500;

/** What this tab waits for already. @returns {Claim|null} */
function waiting() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
}

/** Whether this tab was signing in by a link when it was loaded. */
export const isEntering = () => waiting() !== null;

/** @param {string} [code] of the link; without one, go on waiting */
export function showEnter(code) {
  const claim = waiting();
  if (code) askName(code);
  else if (claim) void wait(claim);
}

/** @param {string} code */
function askName(code) {
  const field = h("input", { id: "device-name", type: "text", value: deviceName(navigator.userAgent), maxlength: 100, required: true, dir: "auto", autocomplete: "off" });
  const problem = h("p", { class: "action-error", role: "alert" });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    fill(problem);
    try {
      const claim = await api.claimDevice(code, field.value.trim());
      sessionStorage.setItem(KEY, JSON.stringify(claim));
      await wait(claim);
    } catch (error) {
      if (isOver(error)) showOver(error.code);
      else fill(problem, explain(/** @type {Error} */ (error)));
    }
  };
  showCard(
    h("h1", { tabindex: "-1" }, t("enter.title")),
    h("p", { class: "lead" }, t("enter.lead")),
    h("form", { class: "enter", onsubmit: submit }, h("label", { for: "device-name" }, t("enter.name")), field, problem, h("button", { type: "submit", class: "button is-strong is-wide" }, t("enter.go_on"), icon("forward", "flips"))),
  );
}

/** @param {Claim} claim */
async function wait(claim) {
  const card = h("div", { class: "enter" }, h("p", { class: "check", role: "status" }, h("span", null, t("enter.check")), h("b", null, claim.check)), h("p", null, t("enter.compare")), h("p", { class: "waiting-line" }, icon("spinner", "spin"), t("enter.waiting")));
  showCard(h("h1", { tabindex: "-1" }, t("enter.title")), card);
  while (card.isConnected && !session()) {
    try {
      if ((await api.enterDevice()).status === "signed_in") {
        sessionStorage.removeItem(KEY);
        return await refresh();
      }
    } catch (error) {
      if (isOver(error)) return showOver(error.code);
    }
    await api.pause(ASK_MS);
  }
  sessionStorage.removeItem(KEY);
}

/** Whether the link leads nowhere any more. @param {unknown} error @returns {error is api.ApiError} */
function isOver(error) {
  return error instanceof api.ApiError && [404, 409].includes(error.status);
}

/** What became of the link, and what to do. @param {string} code */
function showOver(code) {
  sessionStorage.removeItem(KEY);
  const key = has(`enter.over.${code}`) ? code : "link_unknown";
  showCard(
    h("h1", { tabindex: "-1" }, t(`enter.over.${key}`)),
    h("p", { class: "lead" }, t(`enter.over.${key}.next`)),
    h("button", { type: "button", class: "button is-wide", onclick: () => void showSignIn() }, t("enter.otherwise")),
  );
}
