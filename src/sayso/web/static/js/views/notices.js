/** What the page tells: to screen readers, in passing (toasts; what was copied), and about the connection (the banner). */

import { ApiError, NetworkError } from "../api.js";
import { on } from "../bus.js";
import * as connection from "../connection.js";
import { byId, fill, h, icon, iconButton } from "../dom.js";
import { has, now, relative, t } from "../i18n.js";

/** @import {Child} from "../dom.js" */

let flip = false;

/** Say it to screen readers, after what they are saying now. @param {string} text */
export function announce(text) {
  flip = !flip;
  byId(flip ? "say-a" : "say-b").textContent = text;
  byId(flip ? "say-b" : "say-a").textContent = "";
}

/** An error as a sentence that the user can act on. @param {Error} error */
export function explain(error) {
  if (error instanceof NetworkError) return t("error.network");
  if (error instanceof ApiError && has(`refusal.${error.code}`)) return t(`refusal.${error.code}`, { when: relative(new Date(now().getTime() + error.retryAfter * 1000)) });
  if (error instanceof ApiError) return error.status === 429 ? t("error.limited", { count: Math.ceil(error.retryAfter || 5) }) : error.message;
  return t("error.unknown", { message: error.message });
}

/**
 * A line at the foot of the page that goes by itself. With `action`, a button; `onGone` is called when it went unused.
 * @param {string} text @param {{error?: boolean, action?: {label: string, run: () => void}, onGone?: () => void, seconds?: number}} [options]
 */
export function toast(text, { error = false, action, onGone, seconds = 6 } = {}) {
  let used = false;
  const close = () => {
    clearTimeout(timer);
    element.remove();
    if (!used) onGone?.();
  };
  const use = () => {
    used = true;
    close();
    action?.run();
  };
  const element = h(
    "div",
    { class: `toast ${error ? "is-error" : ""}`, role: error ? "alert" : "status" },
    icon(error ? "warning" : "info"),
    h("span", { dir: "auto" }, text),
    action && h("button", { type: "button", class: "quiet", onclick: use }, action.label),
    iconButton("cross", t("close"), close),
  );
  let timer = setTimeout(close, seconds * 1000);
  const hold = () => clearTimeout(timer);
  const go = () => (timer = setTimeout(close, seconds * 1000));
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, go);
  byId("toasts").append(element);
}

/** Show the state of the connection above everything, as long as it is not right. */
export function watchConnection() {
  /** @type {ReturnType<typeof setInterval>|undefined} */ let counting;
  on("connection", ({ state, seconds = 0 }) => {
    const banner = byId("banner");
    clearInterval(counting);
    if (state === "ok") {
      if (!banner.hidden) announce(t("connection.ok"));
      banner.hidden = true;
      return;
    }
    let left = Math.ceil(seconds);
    const draw = () => fill(banner, icon(state === "limited" ? "clock" : "offline"), h("span", null, t(`connection.${state}`, { count: left })), state !== "limited" && h("button", { type: "button", class: "quiet", onclick: connection.retryNow }, t("connection.retry")));
    draw();
    banner.hidden = false;
    if (state === "limited") counting = setInterval(() => ((left = Math.max(0, left - 1)), draw()), 1000);
  });
}

/**
 * What stands where there is nothing (yet).
 * @param {string} drawing @param {string} title @param {string} text @param {...Child} more
 */
export function emptyState(drawing, title, text, ...more) {
  return h("div", { class: "empty" }, h("span", { class: "empty-icon" }, icon(drawing)), h("h2", null, title), h("p", null, text), more);
}

/** Fill `place` by `draw`; when that fails, say so and offer to try again. @param {Element} place @param {() => Promise<void>} draw */
export async function guarded(place, draw) {
  try {
    await draw();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return;
    fill(place, emptyState("warning", t("error.title"), explain(/** @type {Error} */ (error)), h("button", { type: "button", class: "button", onclick: () => void guarded(place, draw) }, icon("retry"), t("retry"))));
  }
}

/** @param {string} text into the clipboard */
export async function copyText(text) {
  await navigator.clipboard.writeText(text);
  toast(t("message.copied"), { seconds: 2 });
}

/** A button that copies `text`; where the browser gives no clipboard (plain http), there is none. @param {string} text @param {string} label */
export function copyButton(text, label) {
  return "clipboard" in navigator && h("button", { type: "button", class: "button", onclick: () => void copyText(text) }, icon("copy"), label);
}
