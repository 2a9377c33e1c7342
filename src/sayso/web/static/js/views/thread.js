/** The conversation: messages, plan cards where they were proposed, the answer as it comes, and the composer. */

import { ApiError } from "../api.js";
import { emit, on } from "../bus.js";
import { conversation, newThreadId } from "../conversation.js";
import { byId, fill, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { PlanCard, tickCards } from "../plan/card.js";
import { toolIcon, toolName } from "../plan/action.js";
import * as plans from "../plans.js";
import { go } from "../router.js";
import { Composer } from "./composer.js";
import { messageElement, readsLine } from "./message.js";
import { announce, emptyState, explain, guarded, toast } from "./notices.js";
import { suggestions } from "./suggestions.js";

/** @import {Conversation, Live} from "../conversation.js" */
/** @import {Action, Message, Plan} from "../types.js" */

/** How many messages are drawn at first, and more each time the top is reached. */
const WINDOW = 60;

export class ThreadView {
  constructor() {
    /** @type {Conversation|null} */ this.thread = null;
    /** @type {Map<string, {element: HTMLElement, html: unknown}>} */ this.drawn = new Map();
    /** @type {Map<string, PlanCard>} */ this.cards = new Map();
    this.count = WINDOW;
    this.isNew = false;
    this.waitingSaid = "";
    /** Whether an answer is being written whose end is to be told. */ this.listening = false;
    /** Until when the end is kept in sight while messages get their real height. */ this.settling = 0;
    /** Whether the view rests where `toEnd` would put it, and where that was. */ this.resting = true;
    this.placed = 0;
    /** The heights of content and view as the observers last saw them. */ this.seen = "";
    this.list = h("div", { class: "messages" });
    this.live = h("div", { class: "live" });
    this.top = h("div", { class: "top-mark" });
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": t("thread.label") }, this.top, this.list, this.live);
    this.dock = h("div", { class: "dock" });
    this.composer = new Composer({ onSend: (text) => void this.send(text), onStop: () => void this.thread?.stop().catch((error) => toast(explain(error), { error: true })) });
    this.element = h("div", { class: "thread" }, this.scroller, h("div", { class: "foot" }, this.dock, this.composer.element, h("p", { class: "fine" }, t("composer.promise"))));
    this.redraw = () => this.draw();
    new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.earlier(), { root: this.scroller, rootMargin: "600px" }).observe(this.top);
    this.sight = new IntersectionObserver(() => this.drawDock(), { root: this.scroller, threshold: 0.3 });
    const content = new ResizeObserver(() => this.laidOut());
    for (const part of [this.top, this.list, this.live]) content.observe(part);
    new ResizeObserver(() => this.resized()).observe(this.scroller);
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    on("plan", (plan) => plan.thread_id === this.thread?.id && this.draw());
    on("reconnected", () => this.thread && !this.isNew && void this.thread.load().catch(() => {}));
    on("compose", ({ text, send }) => (send ? void this.send(text) : this.composer.put(text)));
    setInterval(tickCards, 20_000);
  }

  /** @param {string|null} id null for a new thread */
  async show(id) {
    const current = this.thread;
    if (id === null && current && this.isNew && !current.messages.length) return this.draw();
    if (id !== null && id === current?.id) return this.draw();
    current?.removeEventListener("change", this.redraw);
    this.isNew = id === null;
    this.thread = conversation(id ?? newThreadId());
    this.thread.addEventListener("change", this.redraw);
    this.drawn.clear();
    this.cards.clear();
    this.count = WINDOW;
    this.list.replaceChildren();
    this.composer.open(id ?? "new");
    if (this.isNew) return this.draw(true);
    if (!this.thread.loaded) fill(this.list, h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
    else this.draw(true);
    await guarded(this.list, async () => {
      const thread = this.thread;
      await thread?.load();
      if (thread === this.thread) this.draw(true);
    });
  }

  /** @param {string} text */
  async send(text) {
    const { thread } = this;
    if (!thread) return;
    if (this.isNew) {
      this.isNew = false;
      sessionStorage.removeItem("draft:new");
      go(`t/${thread.id}`, { quiet: true });
    }
    this.composer.open(thread.id);
    const sent = thread.send(text);
    this.toEnd();
    emit("threads", undefined);
    await sent;
  }

  earlier() {
    if (!this.thread || this.count >= this.thread.messages.length) return;
    const { scrollHeight, scrollTop } = this.scroller;
    this.count += WINDOW;
    this.draw();
    this.scroller.scrollTop = scrollTop + this.scroller.scrollHeight - scrollHeight;
  }

  /** @param {boolean} [jump] to the end, as when a thread was opened */
  draw(jump = false) {
    const { thread } = this;
    if (!thread || (!thread.loaded && !this.isNew)) return;
    const atEnd = jump || this.atEnd();
    if (thread.missing) fill(this.list, emptyState("thread", t("thread.missing"), t("thread.missing_text"), h("a", { class: "button", href: "#/" }, t("thread.new"))));
    else if (!thread.messages.length && !thread.live) this.drawEmpty();
    else this.drawMessages(thread);
    this.drawLive(thread);
    this.drawTitle(thread);
    this.composer.setBusy(thread.live && (thread.live.phase === "execute" ? "plan" : "answer"));
    this.scroller.setAttribute("aria-busy", String(thread.live !== null));
    this.speak(thread, jump);
    if (jump) {
      this.settling = performance.now() + 800;
      this.resting = true;
    }
    if (atEnd) this.toEnd();
    this.drawDock();
  }

  drawEmpty() {
    if (this.list.querySelector(".welcome")) return;
    fill(this.list, h("div", { class: "welcome" }, h("span", { class: "welcome-mark" }, icon("mark")), h("h2", null, t("welcome.title")), h("p", null, t("welcome.text")), suggestions((text) => void this.send(text))));
  }

  /** @param {Conversation} thread */
  drawMessages(thread) {
    const shown = thread.messages.slice(-this.count);
    const lastMine = thread.messages.findLast((message) => message.role === "user");
    const placed = new Set();
    const earlierPlans = new Set(thread.messages.slice(0, -this.count).map((message) => message.plan_id));
    /** @type {Node[]} */ const nodes = [];
    const receipts = new Set(plans.ofThread(thread.id).flatMap((plan) => plan.actions.map(receiptLine)));
    for (const message of shown) {
      if (onlyReceipts(message, receipts)) continue;
      nodes.push(this.messageNode(message, message === lastMine && !thread.live));
      const plan = plans.get(message.plan_id);
      if (!plan || earlierPlans.has(plan.id) || placed.has(this.rootOf(plan))) continue;
      placed.add(this.rootOf(plan));
      nodes.push(this.cardNode(plan, thread));
    }
    for (const plan of plans.ofThread(thread.id)) if (plan.status === "pending" && ![...placed].some((root) => this.newest(root, thread).id === plan.id)) nodes.push(this.card(plan.id, plan).element);
    sync(this.list, nodes);
  }

  /** @param {Message} message @param {boolean} isLast */
  messageNode(message, isLast) {
    const cached = this.drawn.get(message.id);
    const version = `${message.content_html ?? ""}|${isLast}`;
    if (cached && cached.html === version) return cached.element;
    const element = messageElement(message, isLast ? { onEdit: () => this.composer.put(message.content), onAgain: () => void this.send(message.content) } : {});
    this.drawn.set(message.id, { element, html: version });
    return element;
  }

  /** The first plan of a row of edits, named in the thread by a message. @param {Plan} plan @returns {string} */
  rootOf(plan) {
    const named = new Set(this.thread?.messages.map((message) => message.plan_id));
    let root = plan;
    for (let before = plans.get(root.supersedes); before && !named.has(root.id); before = plans.get(root.supersedes)) root = before;
    return root.id;
  }

  /** The newest form of a plan that was edited in place. @param {string} rootId @param {Conversation} thread */
  newest(rootId, thread) {
    const named = new Set(thread.messages.map((message) => message.plan_id));
    let plan = /** @type {Plan} */ (plans.get(rootId));
    for (;;) {
      const next = plans.ofThread(thread.id).find((other) => other.supersedes === plan.id && !named.has(other.id));
      if (!next) return plan;
      plan = next;
    }
  }

  /** @param {Plan} plan @param {Conversation} thread */
  cardNode(plan, thread) {
    const root = this.rootOf(plan);
    return this.card(root, this.newest(root, thread)).element;
  }

  /** @param {string} key @param {Plan} plan */
  card(key, plan) {
    let card = this.cards.get(key);
    if (!card) {
      this.cards.set(key, (card = new PlanCard(plan)));
      this.sight.observe(card.element);
    } else if (card.plan !== plan) card.update(plan);
    return card;
  }

  /** @param {Conversation} thread */
  drawLive(thread) {
    const { live, failed } = thread;
    if (live) return fill(this.live, liveAnswer(live));
    if (!failed) return fill(this.live);
    const edit = () => this.composer.put(thread.withdraw());
    fill(
      this.live,
      h("div", { class: "failed", role: "alert" }, icon("warning"), h("p", null, failed.error instanceof ApiError && failed.error.status === 429 ? t("error.resent") : explain(failed.error)), failed.text && h("div", { class: "row" }, h("button", { type: "button", class: "button", onclick: () => void thread.retry() }, icon("retry"), t("retry")), h("button", { type: "button", class: "quiet", onclick: edit }, icon("pencil"), t("message.edit")))),
    );
  }

  /** @param {Conversation} thread */
  drawTitle(thread) {
    byId("title").textContent = this.isNew ? t("thread.new") : thread.title || t("thread.untitled");
  }

  /** Tell screen readers that an answer is on its way, then the whole of it, and once about each plan that waits. @param {Conversation} thread @param {boolean} opened */
  speak(thread, opened) {
    const words = [];
    const { live } = thread;
    const answer = thread.messages.at(-1);
    if (live && !this.listening && live.phase !== "execute") words.push(t(`live.${live.phase}`));
    if (!live && this.listening && !opened && answer?.role === "assistant") words.push(t("message.sayso"), answer.content);
    this.listening = live !== null && (this.listening || live.phase !== "execute");
    const plan = this.waiting();
    if (plan && !live && this.waitingSaid !== plan.id) {
      this.waitingSaid = plan.id;
      words.push(t("plan.announce", { question: plan.question ?? "" }));
    }
    if (words.length) announce(words.join(" "));
  }

  waiting() {
    return plans.pending().find((plan) => plan.thread_id === this.thread?.id);
  }

  /** When a card waits out of sight, a strip above the composer leads to it. */
  drawDock() {
    const plan = this.waiting();
    const card = [...this.cards.values()].find((one) => one.plan.id === plan?.id);
    const inSight = card && onScreen(card.element, this.scroller);
    if (!plan || !card || inSight) return this.dock.replaceChildren();
    fill(this.dock, h("button", { type: "button", class: "dock-strip", onclick: () => card.reveal() }, icon("hand"), h("span", { lang: "en", dir: "auto" }, plan.question), h("b", null, t("plan.review"))));
  }

  /** Bring what waits in this thread before the user. */
  reveal() {
    const plan = this.waiting();
    [...this.cards.values()].find((card) => card.plan.id === plan?.id)?.reveal();
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < 120;
  }

  /** The heights of content and view. */
  heights() {
    return `${this.scroller.scrollHeight} ${this.scroller.clientHeight}`;
  }

  /** A move that comes before the observers is the layout's own, which they will set right; any other is the user's. */
  scrolled() {
    if (this.heights() === this.seen) this.resting = this.atEnd() || this.scroller.scrollTop === this.placed;
  }

  laidOut() {
    if (performance.now() < this.settling && this.resting) this.toEnd();
    this.seen = this.heights();
  }

  /** The window was turned, or a keyboard came up: what was in sight at the end stays there. */
  resized() {
    if (this.resting) this.settling = performance.now() + 1000;
    this.laidOut();
  }

  /** To the end; when the plan that waits there is taller than the view, to its beginning: it is read before it is decided. */
  toEnd() {
    const { scroller } = this;
    scroller.scrollTop = scroller.scrollHeight;
    const last = this.list.lastElementChild;
    const hidden = last?.classList.contains("is-pending") ? scroller.getBoundingClientRect().top - last.getBoundingClientRect().top : 0;
    if (hidden > 0) scroller.scrollTop -= hidden + 12;
    this.placed = scroller.scrollTop;
  }
}

/** What the server says of an action that has ended, in words that the page gets with the plan. @param {Action} action */
function receiptLine({ status, receipt, preview, error }) {
  if (status === "succeeded") return receipt ?? "";
  if (status === "unknown") return `Unknown: ${preview}. ${error} Look before you ask for it again.`;
  return `${status === "skipped" ? "Skipped" : "Not done"}: ${preview}. ${error}`;
}

/** Whether an answer says nothing but what the card above it shows already. @param {Message} message @param {Set<string>} receipts */
function onlyReceipts({ role, content }, receipts) {
  const lines = content.split("\n").filter((line) => line.trim());
  return role === "assistant" && lines.length > 0 && lines.every((line) => receipts.has(line.replace(/^[-*] /, "")));
}

/** @param {Element} element @param {Element} root */
function onScreen(element, root) {
  const box = element.getBoundingClientRect();
  const frame = root.getBoundingClientRect();
  return box.bottom > frame.top + 60 && box.top < frame.bottom - 60;
}

/** Make `parent` hold exactly `nodes`, moving as little as possible. @param {Element} parent @param {Node[]} nodes */
function sync(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}

/** @param {Live} live */
function liveAnswer(live) {
  const doing = live.reads.at(-1);
  const label = live.text ? "" : doing ? t("live.reading", { what: doing.preview || toolName(doing.tool) }) : t(`live.${live.phase}`);
  return h(
    "article",
    { class: "message is-assistant is-live" },
    readsLine(live.reads.slice(0, -1)),
    live.text ? h("div", { class: "bubble", dir: "auto" }, h("p", { class: "plain" }, live.text)) : h("p", { class: "thinking" }, icon(doing ? toolIcon(doing.tool) : "mark"), h("span", null, label), h("i", { class: "dots", "aria-hidden": "true" }, h("b"), h("b"), h("b"))),
  );
}
