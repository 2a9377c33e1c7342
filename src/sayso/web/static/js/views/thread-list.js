/** The threads, newest first, under the days on which something was last said. */

import * as api from "../api.js";
import { on } from "../bus.js";
import { entitle } from "../conversation.js";
import { fill, h, iconButton } from "../dom.js";
import { dayKey, dayName, now, t } from "../i18n.js";
import * as plans from "../plans.js";
import { go, route } from "../router.js";
import { explain, toast } from "./notices.js";

/** @import {ThreadSummary} from "../types.js" */

export class ThreadList {
  constructor() {
    /** @type {ThreadSummary[]} */ this.threads = [];
    /** @type {string|null} */ this.cursor = null;
    /** @type {Set<string>} deleted, but it can still be undone */ this.going = new Set();
    /** @type {string|null} */ this.renaming = null;
    this.loading = false;
    this.list = h("div", { class: "thread-groups" });
    this.end = h("div", { class: "end-mark" });
    this.element = h("nav", { class: "thread-list", "aria-label": t("threads.label") }, this.list, this.end);
    new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.cursor && void this.more(), { root: this.element, rootMargin: "300px" }).observe(this.end);
    on("threads", () => void this.load().catch(() => {}));
    on("reconnected", () => void this.load().catch(() => {}));
    on("pending", () => this.draw());
    addEventListener("pagehide", () => this.going.forEach((id) => void api.deleteThread(id)));
  }

  /** Read the newest threads again; those further down stay. */
  async load() {
    const { threads, next_cursor: cursor } = await api.threads(null);
    const fresh = new Set(threads.map((thread) => thread.id));
    const oldest = threads.at(-1)?.updated_at ?? "";
    const kept = cursor ? this.threads.filter((thread) => !fresh.has(thread.id) && thread.updated_at < oldest) : [];
    if (!kept.length) this.cursor = cursor;
    this.threads = [...threads, ...kept];
    entitle(threads);
    this.draw();
  }

  async more() {
    if (this.loading) return;
    this.loading = true;
    try {
      const { threads, next_cursor: cursor } = await api.threads(this.cursor);
      const known = new Set(this.threads.map((thread) => thread.id));
      this.cursor = cursor;
      this.threads.push(...threads.filter((thread) => !known.has(thread.id)));
      this.draw();
    } catch (error) {
      toast(explain(/** @type {Error} */ (error)), { error: true });
    } finally {
      this.loading = false;
    }
  }

  draw() {
    const shown = this.threads.filter((thread) => !this.going.has(thread.id));
    const waiting = new Set(plans.pending().map((plan) => plan.thread_id));
    if (!shown.length) return fill(this.list, h("p", { class: "hint" }, t("threads.none")));
    /** @type {Map<string, ThreadSummary[]>} */ const groups = new Map();
    for (const thread of shown) {
      const name = group(thread.updated_at);
      groups.set(name, [...(groups.get(name) ?? []), thread]);
    }
    const { scrollTop } = this.element;
    fill(this.list, [...groups].map(([name, threads]) => h("section", null, h("h2", null, name), h("ul", null, threads.map((thread) => this.item(thread, waiting.has(thread.id)))))));
    this.element.scrollTop = scrollTop;
    if (this.renaming) /** @type {HTMLInputElement|null} */ (this.list.querySelector("input"))?.select();
  }

  /** @param {ThreadSummary} thread @param {boolean} waiting */
  item(thread, waiting) {
    if (this.renaming === thread.id) return h("li", null, this.renameForm(thread));
    const here = route().id === thread.id;
    const title = thread.title || t("thread.untitled");
    const rename = () => {
      this.renaming = thread.id;
      this.draw();
    };
    return h(
      "li",
      { class: "thread-item" },
      h("a", { href: `#/t/${encodeURIComponent(thread.id)}`, "aria-current": here ? "page" : null, title }, waiting && h("span", { class: "dot" }, h("span", { class: "sr-only" }, t("threads.waits"))), h("span", { class: "thread-title", dir: "auto" }, title)),
      h("span", { class: "thread-tools" }, iconButton("pencil", t("threads.rename", { title }), rename), iconButton("trash", t("threads.delete", { title }), () => this.remove(thread))),
    );
  }

  /** @param {ThreadSummary} thread */
  renameForm(thread) {
    let open = true;
    const done = (/** @type {boolean} */ save) => {
      if (!open) return;
      open = false;
      const title = field.value.trim();
      this.renaming = null;
      if (save && title && title !== thread.title) void this.rename(thread, title);
      this.draw();
    };
    const field = h("input", { value: thread.title, maxlength: 200, dir: "auto", "aria-label": t("threads.new_title"), onblur: () => done(true), onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && done(false) });
    return h("form", { class: "rename", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), done(true)) }, field);
  }

  /** @param {ThreadSummary} thread @param {string} title */
  async rename(thread, title) {
    const before = thread.title;
    thread.title = title;
    entitle([thread]);
    try {
      await api.renameThread(thread.id, title);
    } catch (error) {
      thread.title = before;
      entitle([thread]);
      toast(explain(/** @type {Error} */ (error)), { error: true });
    }
    this.draw();
  }

  /** Gone from the list at once, from the server when it was not undone. @param {ThreadSummary} thread */
  remove(thread) {
    this.going.add(thread.id);
    if (route().id === thread.id) go("");
    this.draw();
    const undo = () => {
      this.going.delete(thread.id);
      this.draw();
    };
    toast(t("threads.deleted", { title: thread.title || t("thread.untitled") }), { action: { label: t("undo"), run: undo }, onGone: () => void this.reallyRemove(thread) });
  }

  /** @param {ThreadSummary} thread */
  async reallyRemove(thread) {
    try {
      await api.deleteThread(thread.id);
      this.threads = this.threads.filter((other) => other.id !== thread.id);
      plans.forget((plan) => plan.thread_id === thread.id);
    } catch (error) {
      toast(explain(/** @type {Error} */ (error)), { error: true });
    }
    this.going.delete(thread.id);
    this.draw();
  }
}

/** @param {string} time */
function group(time) {
  const key = dayKey(time);
  const age = (Date.parse(dayKey(now())) - Date.parse(key)) / 86_400_000;
  if (age < 2) return dayName(key);
  return t(age < 7 ? "threads.week" : "threads.earlier");
}
