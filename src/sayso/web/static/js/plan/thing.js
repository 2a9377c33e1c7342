/** An event or a task as it would be: who, when, where, what was otherwise, and all else that is known of it. */

import { h, icon } from "../dom.js";
import { clockRange, conjoined, dateTime, dayKey, has, longDay, span, spanIn, t, timezone, weekday } from "../i18n.js";
import { dayStrip } from "./day.js";
import { marked, markedText, wasOf } from "./marks.js";
import { chips } from "./people.js";

/** @import {Child} from "../dom.js" */
/** @import {Action, Thing} from "../types.js" */

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/** The parts of a rule of repetition that there are words for. */
const PARTS = new Set(["FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"]);
/** Where a field is drawn on a line of its own; all others stand in a list below. */
const LINES = new Set(["title", "start", "end", "all_day", "timezone", "location", "guests", "due", "list", "recurrence"]);
/** What is not told: it says where it lies, or is seen elsewhere. */
const UNTOLD = new Set(["id", "series_id", "organizer", "my_response", "color", "calendar", "overdue", "status", "completed_at", "next_due", "read_only", "repeats"]);

/** @param {Action} action @param {(props: object, ...inner: Child[]) => HTMLElement} title */
export function thing(action, title) {
  const { before, after, day, kind = "" } = action;
  const now = /** @type {Thing} */ (after ?? before);
  const old = after && before ? before : null;
  const was = (/** @type {string} */ name) => /** @type {string|undefined} */ (wasOf(action, name) ?? undefined);
  const gone = kind.endsWith(".delete");
  const guests = (action.people ?? []).filter(({ role }) => role === "guest" || role === "organizer");
  const zone = day?.event_timezone && day.event_timezone !== timezone() ? day.event_timezone : null;
  return h(
    "div",
    { class: `thing ${gone ? "is-gone" : ""}` },
    title({ dir: "auto" }, marked(now.title ?? "", old?.title, was("title"))),
    now.start && h("p", { class: "thing-when" }, icon("clock"), h("span", null, times(action, now, old))),
    zone && now.start && h("p", { class: "thing-there" }, t("day.there", { when: spanIn(now.start, now.end ?? now.start, zone), zone: city(zone) })),
    (now.due || old?.due || was("due")) && h("p", { class: "thing-when" }, icon("clock"), h("span", null, marked(due(now.due), old && due(old.due), "due" in (action.was?.args ?? {}) ? due(was("due")) : undefined))),
    now.list && h("p", { class: "thing-where", dir: "auto" }, icon("list"), h("span", null, marked(now.list, old?.list, was("list")))),
    (now.location || old?.location) && h("p", { class: "thing-where", dir: "auto" }, icon("place"), h("span", null, marked(now.location ?? "", old?.location, was("location")))),
    (now.recurrence || old?.recurrence) && h("p", { class: "thing-where" }, icon("repeat"), h("span", null, often(action, now, old))),
    kind === "event.respond" && now.my_response && h("p", { class: "thing-where" }, icon("person"), h("span", null, marked(answer(now), old && answer(old), undefined))),
    guests.length > 0 && chips(guests, wasOf(action, "guests")),
    guests.length > 0 && !guests.some(({ told }) => told) && h("p", { class: "hint" }, t("people.untold")),
    day && dayStrip(day),
    rest(action, now, old),
  );
}

/** What one says to an invitation. @param {Thing} thing */
const answer = ({ my_response: mine }) => (has(`response.${mine}`) ? t(`response.${mine}`) : String(mine));

/** "Buenos Aires" @param {string} zone */
const city = (zone) => (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");

/** When an event is: as it was, as the version before had it, as it would be. @param {Action} action @param {Thing} now @param {Thing|null} old */
function times(action, now, old) {
  const said = (/** @type {Thing} */ { start = "", end = "", all_day: whole }) => span(start, end, whole === true);
  const short = (/** @type {Thing} */ one) => (!one.all_day && !now.all_day && dayKey(one.start ?? "") === dayKey(now.start ?? "") ? clockRange(one.start ?? "", one.end ?? "") : said(one));
  const earlier = action.was?.args ?? {};
  const moved = ["start", "end", "duration_minutes"].some((name) => name in earlier);
  const start = isTime(earlier.start) ? earlier.start : now.start;
  const end = isTime(earlier.end) ? earlier.end : now.end;
  const earlierOne = moved && start && end && start <= end ? { ...now, start, end } : null;
  const same = (/** @type {Thing} */ one) => said(one) === said(now);
  return marked(said(now), old && !same(old) ? short(old) : undefined, earlierOne && !same(earlierOne) ? short(earlierOne) : undefined);
}

/** How often, and to how much of a series it applies. @param {Action} action @param {Thing} now @param {Thing|null} old */
function often({ args, was }, now, old) {
  const words = (/** @type {string|null|undefined} */ rule) => (rule ? repeats(rule) : t("repeats.never"));
  const scope = typeof args.scope === "string" && has(`scope.${args.scope}`) && t(`scope.${args.scope}`);
  const before = was?.args && "scope" in was.args;
  return [marked(words(now.recurrence), old && words(old.recurrence), undefined), scope && [" · ", before ? h("mark", null, scope) : scope]];
}

/** @param {unknown} value @returns {value is string} */
const isTime = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value);

/** @param {string|null|undefined} at */
function due(at) {
  if (!at) return t("thing.no_due");
  return t("thing.due", { when: at.length > 10 ? dateTime(at) : isTime(at) ? longDay(at) : at });
}

/** What else there is to say of it: notes, reminders, a link, … @param {Action} action @param {Thing} now @param {Thing|null} old */
function rest(action, now, old) {
  const names = Object.keys(now).filter((name) => !LINES.has(name) && !UNTOLD.has(name) && has(`arg.${name}`));
  const rows = names.map((name) => ({ name, value: worded(now[name]), before: old && worded(old[name]) })).filter(({ value, before }) => value || before);
  const words = action.args.note;
  const note = typeof words === "string" && words && h("div", null, h("dt", null, t("arg.note")), h("dd", { dir: "auto" }, markedText(words, wasOf(action, "note"))));
  if (!rows.length && !note) return null;
  const told = rows.map(({ name, value, before }) => h("div", null, h("dt", null, t(`arg.${name}`)), h("dd", { dir: "auto" }, before === null || before === value ? markedText(value, wasOf(action, name)) : marked(value, before, undefined))));
  return h("dl", { class: "facts is-open" }, told, note);
}

/** @param {unknown} value @returns {string} */
function worded(value) {
  if (Array.isArray(value)) return value.map(worded).join(", ");
  if (value === true) return t("yes");
  return value === null || value === undefined || value === false ? "" : String(value);
}

/** A rule of repetition in words; one that is more intricate stays as it is written. @param {string} rule @returns {string} */
function repeats(rule) {
  const parts = new Map(rule.replace(/^RRULE:/, "").split(";").map((part) => /** @type {[string, string]} */ (part.split("="))));
  const freq = parts.get("FREQ") ?? "";
  const days = parts.get("BYDAY")?.split(",") ?? [];
  const plain = [...parts.keys()].every((name) => PARTS.has(name)) && days.every((day) => DAYS.includes(day)) && (!days.length || freq === "WEEKLY");
  if (!plain || !["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].includes(freq)) return rule;
  const count = Number(parts.get("INTERVAL") ?? 1);
  const workdays = count === 1 && days.length === 5 && DAYS.slice(0, 5).every((day) => days.includes(day));
  let words = workdays ? t("repeats.workdays") : t(`repeats.${freq}`, { count });
  if (days.length && !workdays) words = t("repeats.on", { every: words, days: conjoined(days.map((day) => weekday(DAYS.indexOf(day)))) });
  const until = /^(\d{4})(\d\d)(\d\d)/.exec(parts.get("UNTIL") ?? "");
  if (until) return t("repeats.until", { every: words, day: longDay(until.slice(1).join("-")) });
  return parts.has("COUNT") ? t("repeats.times", { every: words, count: Number(parts.get("COUNT")) }) : words;
}
