/** What a bulk change is about, each with a box: what is not ticked stays as it is. */

import { h } from "../dom.js";
import { dateTime, shortDate, t } from "../i18n.js";

/** @import {Action, CardItem} from "../types.js" */
/** @import {PlanCard} from "./card.js" */

/** @param {Action} action @param {CardItem[]} items @param {PlanCard} card */
export function itemList(action, items, card) {
  const pending = card.plan.status === "pending";
  const out = card.without(action.id);
  const toggle = (/** @type {string} */ id) => (/** @type {Event} */ event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    if (box.checked) out.delete(id);
    else out.add(id);
    box.closest("li")?.classList.toggle("is-out", !box.checked);
    card.drawFoot();
  };
  const box = (/** @type {CardItem} */ { id }) => h("input", { type: "checkbox", class: "pick", checked: !out.has(id), disabled: card.busy !== null || card.left.has(action.id), dataset: { key: `item-${id}` }, onchange: toggle(id) });
  const line = (/** @type {CardItem} */ item) => [
    h("span", { class: "item-main" }, h("b", { dir: "auto" }, item.title), item.who && h("span", { dir: "auto" }, item.who)),
    item.at && h("time", { datetime: item.at, title: dateTime(item.at) }, shortDate(item.at)),
  ];
  return h(
    "ul",
    { class: "items", "aria-label": t("items.label", { count: items.length }) },
    items.map((item) => h("li", { class: out.has(item.id) ? "is-out" : null }, pending ? h("label", null, box(item), line(item)) : h("div", null, line(item)))),
  );
}
