/** Keyboard shortcuts, all with Alt so that none fires while one types or speaks. `?` is in the menu as well. */

import { byId, h } from "./dom.js";
import { t } from "./i18n.js";

/** Whether keys go into a field there. @param {Element|null} element */
export const isWriting = (element) => element !== null && element.matches("textarea, select, input:not([type=checkbox], [type=radio]), [contenteditable]");

/** The letter that was pressed; of a layout without Latin letters the one that others have there. @param {KeyboardEvent} event */
export const letterOf = ({ key, code }) => (/^[a-z]$/i.test(key) ? key : /^\P{ASCII}$/u.test(key) ? code.replace("Key", "") : "").toLowerCase();

/** What the keys of the Waiting view are called in the help. */
const WAITING = [["J", "keys.next"], ["K", "keys.previous"], ["Y", "keys.yes"], ["N", "keys.no"]];

/** @typedef {{code: string, shown: string, key: string, run: () => void}} Shortcut */

/** @param {Shortcut[]} shortcuts */
export function bindKeys(shortcuts) {
  addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat || byId("app").hidden) return;
    const found = shortcuts.find((shortcut) => shortcut.code === event.code);
    if (!found) return;
    event.preventDefault();
    found.run();
  });
}

/** @param {Shortcut[]} shortcuts */
export function showHelp(shortcuts) {
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "help-title", onclose: () => dialog.remove(), onclick: (/** @type {Event} */ event) => event.target === dialog && dialog.close() },
    h("form", { method: "dialog" }, h("h2", { id: "help-title" }, t("keys.title")), h("dl", null, shortcuts.map((shortcut) => h("div", null, h("dt", null, t(shortcut.key)), h("dd", null, h("kbd", null, "Alt"), h("kbd", null, shortcut.shown))))), h("h3", null, t("keys.in_waiting")), h("dl", null, WAITING.map(([shown = "", key = ""]) => h("div", null, h("dt", null, t(key)), h("dd", null, h("kbd", null, shown))))), h("p", { class: "hint" }, t("keys.enter")), h("button", { class: "button is-strong" }, t("close"))),
  );
  document.body.append(dialog);
  dialog.showModal();
}
