/** The workspace at a glance, so that one sees an action land: the next days' events, open tasks, unread mail. Only to look at. */

import * as api from "../api.js";
import { emit, on } from "../bus.js";
import { fill, h, icon } from "../dom.js";
import { clockTime, dayKey, dayName, now, shortDate, t } from "../i18n.js";
import { explain, toast } from "./notices.js";

/** @import {Child} from "../dom.js" */
/** @import {CalendarEvent, Mail, Task, Today} from "../types.js" */

/** How long something counts as new. */
const NEW_MS = 4000;

/** @type {Promise<Today>|null} */ let asked = null;

/** The workspace's data, asked for once and again when something may have changed. @param {boolean} [fresh] @returns {Promise<Today>} */
export function todayData(fresh = false) {
  if (!asked || fresh) asked = api.today();
  asked.catch(() => (asked = null));
  return asked;
}

export class TodayPanel {
  constructor() {
    /** @type {Map<string, number>|null} what is there and since when, to mark what is new */ this.seen = null;
    /** @type {HTMLElement|null} */ this.samples = null;
    this.body = h("div", { class: "today-body" });
    this.element = h("div", { class: "today", tabindex: "0", role: "region", "aria-label": t("today.title") }, this.body);
    on("workspace", () => void this.load());
    on("reconnected", () => void this.load());
    document.addEventListener("visibilitychange", () => document.hidden || void this.load());
    this.following = false;
    setInterval(() => document.hidden || void this.load(), 120_000);
  }

  /** Draw anew as soon as a mailbox tells of news, while somebody looks. */
  async follow() {
    if (this.following) return;
    this.following = true;
    try {
      while (!document.hidden && (await todayData()).news) {
        const began = performance.now();
        if (await api.changes()) this.draw(await todayData(true));
        else if (performance.now() - began < 1000) break; // nothing waits there now
        await api.pause(1000);
      }
    } catch {
      // It is begun again with the next look.
    } finally {
      this.following = false;
    }
  }

  /** @param {boolean} [fresh] */
  async load(fresh = true) {
    try {
      this.draw(await todayData(fresh));
      void this.follow();
    } catch (error) {
      if (!this.body.childElementCount) fill(this.body, h("p", { class: "hint" }, explain(/** @type {Error} */ (error))));
    }
  }

  /** @param {Today} today */
  draw(today) {
    const before = this.seen;
    /** @type {Map<string, number>} */ const seen = new Map();
    this.seen = seen;
    const mark = (/** @type {string} */ key) => {
      const since = before ? (before.get(key) ?? Date.now()) : 0;
      seen.set(key, since);
      return Date.now() - since < NEW_MS ? "is-new" : "";
    };
    const { errors } = today;
    this.samples ??= today.sample ? samples() : null;
    fill(
      this.body,
      today.sample && this.samples,
      (today.events || errors?.calendar || errors?.events) && events(today, mark),
      (today.tasks || errors?.tasks) && tasks(today, mark),
      (today.mail || errors?.mail) && mail(today, mark),
    );
  }
}

/** That all this is made up, and how it goes away. One element, so that it stays open while the rest is drawn anew. */
function samples() {
  const remove = async () => {
    try {
      await api.removeSamples();
      toast(t("samples.removed"));
      emit("workspace", undefined);
    } catch (error) {
      toast(explain(/** @type {Error} */ (error)), { error: true });
    }
  };
  return h("details", { class: "samples" }, h("summary", null, icon("chevron"), t("samples.there")), h("p", { class: "hint" }, t("samples.hint")), h("button", { type: "button", class: "button is-danger", onclick: () => void remove() }, icon("trash"), t("samples.remove")));
}

/** @typedef {(key: string) => string} Mark */

/** @param {string} drawing @param {string} title @param {string|number} count @param {string|undefined} problem @param {Child} content */
function part(drawing, title, count, problem, content) {
  return h("section", { class: "part" }, h("h3", null, icon(drawing), title, Number(count) > 0 && h("span", { class: "count" }, count)), problem && h("p", { class: "action-error" }, icon("warning"), problem), content);
}

/** @param {Today} today @param {Mark} mark */
function events({ events: list, errors }, mark) {
  /** @type {Map<string, CalendarEvent[]>} */ const days = new Map();
  const first = dayKey(now());
  const problem = errors?.calendar ?? errors?.events;
  for (const event of list ?? []) {
    const key = dayKey(event.start) < first ? first : dayKey(event.start);
    days.set(key, [...(days.get(key) ?? []), event]);
  }
  const content = days.size ? [...days].map(([key, some]) => h("div", { class: "day" }, h("h4", null, dayName(key)), h("ul", null, some.map((event) => eventLine(event, mark))))) : list && !problem && h("p", { class: "hint" }, t("today.no_events"));
  return part("calendar", t("today.events"), "", problem, content);
}

/** @param {CalendarEvent} event @param {Mark} mark */
function eventLine(event, mark) {
  const over = !event.all_day && Date.parse(event.end) < now().getTime();
  const declined = event.my_response === "declined";
  return h(
    "li",
    { class: `event ${mark(`event ${event.id} ${Date.parse(event.start)} ${event.title}`)} ${over ? "is-over" : ""} ${declined ? "is-declined" : ""}` },
    h("time", { datetime: event.start }, event.all_day ? t("today.all_day") : clockTime(event.start)),
    h("span", { class: "event-what" }, h("span", { dir: "auto" }, dot(event), event.title), event.location && h("small", { dir: "auto" }, event.location)),
    event.recurrence && h("span", { title: t("today.repeats") }, icon("repeat"), h("span", { class: "sr-only" }, t("today.repeats"))),
  );
}

/** The colour of the calendar that it is in. @param {CalendarEvent} event */
function dot({ calendar, color }) {
  if (!color) return null;
  const mark = h("span", { class: "calendar-dot", title: calendar });
  mark.style.background = color;
  return mark;
}

/** @param {Today} today @param {Mark} mark */
function tasks({ tasks: list, tasks_total: total, errors }, mark) {
  const line = (/** @type {Task} */ task) =>
    h("li", { class: `task ${mark(`task ${task.id} ${task.title} ${task.due}`)}` }, h("span", { class: "ring" }), h("span", { dir: "auto" }, task.title), task.due && h("time", { class: task.overdue ? "is-overdue" : null, datetime: task.due }, task.overdue && h("span", { class: "sr-only" }, t("today.overdue")), dueName(task.due)));
  const content = list?.length ? h("ul", null, list.slice(0, 8).map(line)) : list && !errors?.tasks && h("p", { class: "hint" }, t("today.no_tasks"));
  return part("task", t("today.tasks"), total ?? list?.length ?? "", errors?.tasks, content);
}

/** @param {string} due */
function dueName(due) {
  const key = dayKey(due);
  const days = (Date.parse(key) - Date.parse(dayKey(now()))) / 86_400_000;
  return Math.abs(days) < 2 ? dayName(key) : shortDate(due.length === 10 ? `${due}T12:00:00` : due);
}

/** @param {Today} today @param {Mark} mark */
function mail({ mail: list, mail_total: total, errors }, mark) {
  const line = (/** @type {Mail} */ message) =>
    h("li", { class: `mail ${mark(`mail ${message.id}`)}` }, h("span", { class: "mail-from", dir: "auto" }, message.from.name || message.from.email), h("time", { datetime: message.date }, dayKey(message.date) === dayKey(now()) ? clockTime(message.date) : shortDate(message.date)), h("span", { class: "mail-subject", dir: "auto" }, message.subject), h("span", { class: "mail-snippet", dir: "auto" }, message.snippet));
  const content = list?.length ? h("ul", null, list.slice(0, 6).map(line)) : list && h("p", { class: "hint" }, t("today.no_mail"));
  return part("mail", t("today.mail"), total ?? list?.length ?? "", errors?.mail, content);
}
