/** The day of an event as a strip: where it was, where it would be, what it collides with, and the rest of the day. */

import { h } from "../dom.js";
import { clockRange, hourName, minuteOf, t } from "../i18n.js";

/** @import {CardBlock, CardDay} from "../types.js" */

const HOUR = 3_600_000;
/** How much of the day is shown at least, and around what this is about. */
const LEAST = 8 * HOUR;
const AROUND = 1.5 * HOUR;
/** How many hours stand at the strip at most. */
const TICKS = 7;

/** @param {CardDay} day */
export function dayStrip({ blocks }) {
  const timed = blocks.filter((block) => !block.all_day);
  return h("div", { class: "day-strip" }, timed.some(isOwn) && ribbon(timed), listOf(blocks));
}

/** The drawing. What it says, the list beside it says to screen readers. @param {CardBlock[]} blocks */
function ribbon(blocks) {
  const [from, to] = span(blocks);
  const place = (/** @type {HTMLElement} */ element, /** @type {number} */ start, /** @type {number} */ end) => {
    const [a, b] = [Math.max(start, from), Math.min(end, to)];
    element.style.insetInlineStart = `${((a - from) / (to - from)) * 100}%`;
    element.style.inlineSize = `${(Math.max(b - a, 0) / (to - from)) * 100}%`;
    return element;
  };
  const block = (/** @type {CardBlock} */ { title, start, end, role }) =>
    place(h("span", { class: `block is-${role}`, dir: "auto", title: `${clockRange(start, end)} ${title}` }, h("span", null, title)), Date.parse(start), Date.parse(end));
  const shown = blocks.filter(({ start, end }) => Date.parse(end) > from && Date.parse(start) < to);
  const [own, others] = [shown.filter(isOwn), shown.filter((one) => !isOwn(one))];
  const band = own.filter(({ role }) => role === "after").map(({ start, end }) => place(h("i", { class: "band" }), Date.parse(start), Date.parse(end)));
  return h(
    "div",
    { class: "ribbon", "aria-hidden": "true" },
    h("div", { class: "hours" }, hours(from, to).map((at) => place(h("span", null, hourName(new Date(at))), at, at))),
    h("div", { class: "tracks" }, hours(from, to).map((at) => place(h("i", { class: "hour" }), at, at)), band, h("div", { class: "track" }, own.map(block)), lanes(others).map((lane) => h("div", { class: "track" }, lane.map(block)))),
  );
}

/** What stands at the same time, one under the other. @param {CardBlock[]} blocks */
function lanes(blocks) {
  /** @type {CardBlock[][]} */ const found = [];
  for (const block of blocks) {
    const free = found.find((lane) => Date.parse(lane.at(-1)?.end ?? "") <= Date.parse(block.start));
    if (free) free.push(block);
    else if (found.length < 3) found.push([block]);
  }
  return found;
}

/** @param {CardBlock} block */
const isOwn = ({ role }) => role === "before" || role === "after";

/** From when to when the strip goes: around what this is about, in whole hours of the user's clock. @param {CardBlock[]} blocks @returns {[number, number]} */
function span(blocks) {
  const about = blocks.filter(({ role }) => role !== "other");
  let from = Math.min(...about.map(({ start }) => Date.parse(start))) - AROUND;
  let to = Math.max(...about.map(({ end }) => Date.parse(end))) + AROUND;
  const lacks = Math.max(0, LEAST - (to - from)) / 2;
  from -= lacks;
  to += lacks;
  const past = minuteOf(new Date(from)) * 60_000 + (from % 60_000);
  return [from - past, to];
}

/** @param {number} from @param {number} to */
function hours(from, to) {
  const step = Math.max(1, Math.ceil((to - from) / HOUR / TICKS)) * HOUR;
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step).filter((at) => at < to - HOUR / 2);
}

/** The day in words; what this is about is read out only, since it stands above already. @param {CardBlock[]} blocks */
function listOf(blocks) {
  const when = (/** @type {CardBlock} */ { all_day: whole, start, end }) => (whole ? t("today.all_day") : clockRange(start, end));
  const line = (/** @type {CardBlock} */ block) => h("li", { class: isOwn(block) ? "sr-only" : `is-${block.role}` }, h("span", null, when(block)), " ", h("b", { dir: "auto" }, block.title), block.role !== "other" && h("small", { class: "sr-only" }, ` (${t(`day.${block.role}`)})`));
  return blocks.length > 0 && h("ul", { class: "day-list", "aria-label": t("day.label") }, blocks.map(line));
}
