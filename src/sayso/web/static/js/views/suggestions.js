/** What one could say first, made from what stands in the connected workspace. */

import { h, icon } from "../dom.js";
import { inEnglish, t } from "../i18n.js";
import { session } from "../session.js";
import { todayData } from "./today.js";

/** @import {Today} from "../types.js" */

/** @typedef {{drawing: string, key: string, values?: Record<string, string>}} Suggestion */

/** @param {(text: string) => void} onPick */
export function suggestions(onPick) {
  const list = h("ul", { class: "suggestions", "aria-label": t("welcome.suggestions") });
  const draw = (/** @type {Suggestion[]} */ items) => list.replaceChildren(...items.map((item) => h("li", null, button(item, onPick))));
  draw(fitting(null));
  void todayData().then((today) => draw(fitting(today))).catch(() => {});
  return list;
}

/** @param {Suggestion} item @param {(text: string) => void} onPick */
function button({ drawing, key, values = {} }, onPick) {
  const english = session()?.model?.offline;
  const text = english ? inEnglish(key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "") : t(key, values);
  return h("button", { type: "button", class: "suggestion", onclick: () => onPick(text) }, icon(drawing), h("span", { dir: "auto" }, text));
}

/** @param {Today|null} today @returns {Suggestion[]} */
function fitting(today) {
  const from = today?.mail?.[0]?.from;
  const task = today?.tasks?.[0]?.title;
  return [
    { drawing: "calendar", key: "suggest.schedule" },
    from ? { drawing: "mail", key: "suggest.read", values: { name: (from.name || from.email).split(" ")[0] ?? "" } } : { drawing: "mail", key: "suggest.unread" },
    task ? { drawing: "task", key: "suggest.done", values: { title: task } } : { drawing: "task", key: "suggest.remind" },
    { drawing: "clock", key: "suggest.week" },
  ];
}
