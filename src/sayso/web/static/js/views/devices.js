/** A signed-in device shows a link that signs in another one, and decides when it was used. Nothing in here takes the focus but headings. */

import { browserName } from "../agent.js";
import * as api from "../api.js";
import { fill, h, icon, iconButton } from "../dom.js";
import { now, t } from "../i18n.js";
import { inert } from "../inert.js";
import { copyButton, explain, toast } from "./notices.js";
import { attempt } from "./rows.js";

/** @import {DeviceLink} from "../types.js" */

const ASK_MS = 1200;
/** How long the question must have stood before it can be answered: clicks that were meant for what stood there do not count. */
const SETTLE_MS = 500;

/** @param {() => void} changed called when another device has been let in */
export function offerDevice(changed) {
  const body = h("div", { class: "offer" });
  const dialog = h("dialog", { class: "help", "aria-labelledby": "offer-title", onclose: () => dialog.remove() }, iconButton("cross", t("close"), () => dialog.close(), { class: "dialog-close" }), body);
  document.body.append(dialog);
  dialog.showModal();
  void begin(body, dialog, changed);
}

/** @param {HTMLElement} body @param {HTMLDialogElement} dialog @param {() => void} changed */
async function begin(body, dialog, changed) {
  const again = () => void begin(body, dialog, changed);
  try {
    const link = await api.offerDevice();
    draw(body, shown(link));
    let next = await follow(link, () => dialog.isConnected);
    if (next?.status === "claimed") {
      draw(body, question(next, (allow, name) => void decide(link.id, allow, name)));
      next = await follow(next, () => dialog.isConnected);
    }
    if (next) draw(body, over(again, next.status === "contested" ? t("devices.contested") : undefined));
  } catch (error) {
    draw(body, over(again, explain(/** @type {Error} */ (error))));
  }

  /** @param {string} id @param {boolean} allow @param {string} name */
  async function decide(id, allow, name) {
    await attempt(async () => {
      const link = await api.decideDevice(id, allow, name);
      dialog.close();
      if (!allow) return toast(t("devices.refused", { name }));
      const entered = await follow(link, () => true);
      toast(t(entered?.status === "used" ? "devices.allowed" : "devices.not_in", { name }));
      changed();
    });
  }
}

/** Ask until the link stands otherwise, or is over; null when nobody looks any more. @param {DeviceLink} link @param {() => boolean} looking @returns {Promise<DeviceLink|null>} */
async function follow(link, looking) {
  while (looking()) {
    await api.pause(ASK_MS);
    const next = await api.deviceLink(link.id).catch((error) => {
      if (error instanceof api.ApiError && [401, 404].includes(error.status)) throw error;
      return link; // it may answer the next time
    });
    if (!looking()) return null;
    if (next.status !== link.status) return next;
    if (Date.parse(link.expires_at) <= now().getTime()) return { ...link, status: "expired" };
  }
  return null;
}

/** Show it from its heading on. @param {HTMLElement} body @param {import("../dom.js").Child} content */
function draw(body, content) {
  fill(body, content);
  body.querySelector("h2")?.focus();
}

/** @param {string} key */
const heading = (key) => h("h2", { id: "offer-title", tabindex: "-1" }, t(key));

/** The link, to scan or to copy. @param {DeviceLink} link */
function shown({ url, qr, expires_at: ends }) {
  const own = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
  return [
    heading("devices.title"),
    h("p", null, t("devices.scan")),
    h("div", { class: "qr" }, drawing(qr)),
    h("p", { class: "terminal", dir: "ltr" }, url),
    h("div", { class: "offer-foot" }, countdown(ends), copyButton(url, t("devices.copy"))),
    own && h("p", { class: "hint" }, t("devices.own_machine")),
  ];
}

/** Who has used the link: in or not? @param {DeviceLink} link @param {(allow: boolean, name: string) => void} decide */
function question({ name = "", user_agent: agent = "", address = "?", check = "", expires_at: ends }, decide) {
  const shownAt = performance.now();
  const field = h("input", { type: "text", value: name, maxlength: 100, dir: "auto", autocomplete: "off", onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && event.preventDefault() });
  const button = (/** @type {boolean} */ allow) =>
    h("button", { type: "button", class: `decide-${allow ? "confirm" : "cancel"}`, onkeydown: (/** @type {KeyboardEvent} */ event) => event.repeat && event.preventDefault(), onclick: () => performance.now() - shownAt > SETTLE_MS && decide(allow, field.value.trim() || name) }, icon(allow ? "check" : "cross"), t(allow ? "devices.allow" : "devices.refuse"));
  return [
    heading("devices.question"),
    h("p", null, t("devices.asks", { browser: browserName(agent), address })),
    h("p", { class: "check" }, h("span", null, t("enter.check")), h("b", null, check)),
    h("p", null, t("devices.compare")),
    h("label", { class: "offer-name" }, t("enter.name"), field),
    h("div", { class: "decide" }, button(false), button(true)),
    countdown(ends),
  ];
}

/** @param {() => void} again @param {string} [why] */
function over(again, why = t("devices.over_text")) {
  return [heading("devices.over"), h("p", null, why), h("button", { type: "button", class: "button is-strong", onclick: again }, icon("retry"), t("devices.again"))];
}

/** "1:43", counted down as long as it is in the page. @param {string} ends */
export function countdown(ends) {
  const element = h("span", { class: "countdown", role: "timer" });
  const draw = () => {
    const seconds = Math.max(0, Math.ceil((Date.parse(ends) - now().getTime()) / 1000));
    element.textContent = t("devices.left", { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` });
  };
  draw();
  const timer = setInterval(() => (element.isConnected ? draw() : clearInterval(timer)), 1000);
  return element;
}

const DRAWN = new Set(["svg", "g", "path", "rect"]);
const KEPT = ["viewBox", "d", "transform", "x", "y", "width", "height", "fill", "stroke", "stroke-width"];

/** The server's drawing of the link, made anew of shapes only. @param {string} markup */
function drawing(markup) {
  const copy = (/** @type {Element} */ from) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", from.localName);
    for (const name of KEPT) if (from.hasAttribute(name)) made.setAttribute(name, from.getAttribute(name) ?? "");
    made.append(...[...from.children].filter((child) => DRAWN.has(child.localName)).map(copy));
    return made;
  };
  const svg = copy(inert(markup, "image/svg+xml").documentElement);
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")];
  if (!svg.hasAttribute("viewBox") && width && height) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", t("devices.qr"));
  return svg;
}
