/** The frame: threads at the side, the view in the middle, today on the other side; both sides are drawers where room is short. */

import { on } from "../bus.js";
import { byId, fill, h, icon, iconButton } from "../dom.js";
import { t } from "../i18n.js";
import { bindKeys, showHelp } from "../keys.js";
import * as plans from "../plans.js";
import { go, onRoute, route } from "../router.js";
import { session } from "../session.js";
import { ActivityView } from "./activity.js";
import { AuditView } from "./audit.js";
import { ConnectionsView } from "./connections.js";
import { SettingsView } from "./settings.js";
import { ThreadList } from "./thread-list.js";
import { ThreadView } from "./thread.js";
import { TodayPanel } from "./today.js";
import { WaitingView } from "./waiting.js";

/** @import {Shortcut} from "../keys.js" */
/** @import {Route} from "../router.js" */

/** Build the page into #app; called again when the language changes. @param {() => void} rebuild */
export function buildShell(rebuild) {
  const threads = new ThreadList();
  const today = new TodayPanel();
  const views = { thread: new ThreadView(), waiting: new WaitingView(), activity: new ActivityView(), connections: new ConnectionsView(), settings: new SettingsView(rebuild), audit: new AuditView() };
  const stage = h("main", { id: "stage", tabindex: "-1" });
  const drawers = { side: drawer("side", t("nav.threads")), today: drawer("today", t("today.title")) };
  const shortcuts = makeShortcuts(views.thread, drawers.today);
  const badge = h("span", { class: "badge" });
  const small = h("span", { class: "badge is-small" });

  fill(
    drawers.side.element,
    h("div", { class: "brand" }, h("a", { class: "logo", href: "#/", "aria-label": "Sayso" }, icon("mark"), h("b", null, "Sayso")), iconButton("cross", t("close"), drawers.side.close, { class: "drawer-close" })),
    h("a", { class: "new-thread", href: "#/" }, icon("plus"), t("thread.new")),
    h("nav", { class: "places", "aria-label": t("nav.label") }, place("waiting", "hand", badge), place("activity", "list"), place("connections", "link"), place("settings", "gear")),
    threads.element,
    h("div", { class: "side-foot" }, h("span", { class: "who", dir: "auto" }, session()?.user?.name || session()?.user?.email || ""), iconButton("keyboard", t("keys.title"), () => showHelp(shortcuts))),
  );
  fill(drawers.today.element, h("header", { class: "today-head" }, h("h2", null, t("today.title")), iconButton("cross", t("close"), drawers.today.close, { class: "drawer-close" })), today.element);
  fill(
    byId("app"),
    h("a", { class: "skip", href: "#stage", onclick: skip }, t("nav.skip")),
    drawers.side.element,
    h("div", { class: "middle" }, h("header", { class: "bar" }, h("span", { class: "menu" }, iconButton("menu", t("nav.open"), drawers.side.open), small), h("h1", { id: "title", dir: "auto" }), iconButton("today", t("today.open"), drawers.today.open, { class: "today-open" })), stage),
    drawers.today.element,
    h("div", { class: "veil", onclick: () => (drawers.side.close(), drawers.today.close()) }),
  );

  const showBadge = () => {
    const { length } = plans.pending();
    for (const one of [badge, small]) {
      fill(one, length ? [String(length), h("span", { class: "sr-only" }, ` ${t("nav.waiting_count", { count: length })}`)] : null);
      one.hidden = !length;
    }
  };
  const show = (/** @type {Route} */ next) => {
    drawers.side.close();
    const view = views[next.name];
    if (stage.firstElementChild !== view.element) stage.replaceChildren(view.element);
    byId("app").dataset.view = next.name;
    if (next.name !== "thread") byId("title").textContent = t(`nav.${next.name}`);
    for (const link of drawers.side.element.querySelectorAll(".places a")) {
      if (link.getAttribute("href") === `#/${next.name === "audit" ? "settings" : next.name}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    threads.draw();
    void view.show(next.id);
  };

  showBadge();
  show(route());
  void threads.load().catch(() => {});
  void today.load(false);
  on("pending", showBadge);
  onRoute(show);
  bindKeys(shortcuts);
}

/** Over the side to what the page is about; by hand, since the part of the address behind the # names the view. @param {Event} event */
function skip(event) {
  event.preventDefault();
  (document.getElementById("composer") ?? byId("stage")).focus();
}

/** @param {string} name @param {string} drawing @param {HTMLElement} [extra] */
function place(name, drawing, extra) {
  return h("a", { href: `#/${name}` }, icon(drawing), h("span", null, t(`nav.${name}`)), extra);
}

/** A side that slides in where there is no room for it. @param {string} name @param {string} label */
function drawer(name, label) {
  const element = h("aside", { class: name, "aria-label": label, tabindex: "-1" });
  /** @type {Element|null} */ let before = null;
  const close = () => {
    if (!element.classList.contains("is-open")) return;
    element.classList.remove("is-open");
    for (const sibling of element.parentElement?.children ?? []) sibling.removeAttribute("inert");
    if (before instanceof HTMLElement) before.focus();
  };
  const open = () => {
    const button = /** @type {HTMLElement} */ (element.querySelector(".drawer-close"));
    if (getComputedStyle(button).display === "none") return element.focus(); // there is room: it stands open
    before = document.activeElement;
    element.classList.add("is-open");
    for (const sibling of element.parentElement?.children ?? []) if (sibling !== element && !sibling.classList.contains("veil")) sibling.setAttribute("inert", "");
    button.focus();
  };
  element.addEventListener("keydown", (event) => event.key === "Escape" && close());
  return { element, open, close };
}

/** @param {ThreadView} thread @param {{open: () => void}} today @returns {Shortcut[]} */
function makeShortcuts(thread, today) {
  return [
    { code: "KeyN", shown: "N", key: "keys.new", run: () => (go(""), document.getElementById("composer")?.focus()) },
    { code: "KeyK", shown: "K", key: "keys.write", run: () => document.getElementById("composer")?.focus() },
    { code: "KeyJ", shown: "J", key: "keys.card", run: () => (route().name === "thread" && thread.waiting() ? thread.reveal() : go("waiting")) },
    { code: "KeyW", shown: "W", key: "keys.waiting", run: () => go("waiting") },
    { code: "KeyA", shown: "A", key: "keys.activity", run: () => go("activity") },
    { code: "KeyT", shown: "T", key: "keys.today", run: today.open },
    { code: "Comma", shown: ",", key: "keys.settings", run: () => go("settings") },
    { code: "Period", shown: ".", key: "keys.stop", run: () => void thread.thread?.stop().catch(() => {}) },
  ];
}
