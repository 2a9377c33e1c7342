/** The conversation: messages, plan cards where they were proposed, the answer as it comes, and the composer. */

import { ApiError } from "../api.js";
import { emit, on } from "../bus.js";
import { conversation, newThreadId } from "../conversation.js";
import { byId, fill, h, icon, sync } from "../dom.js";
import { dollars, number, t } from "../i18n.js";
import { PlanCard, tickCards, unfinished } from "../plan/card.js";
import * as plans from "../plans.js";
import { go } from "../router.js";
import { Composer } from "./composer.js";
import { LiveAnswer, messageElement, messageTools } from "./message.js";
import { announce, emptyState, explain, guarded, toast } from "./notices.js";
import { Place } from "./place.js";
import { suggestions } from "./suggestions.js";

/** @import {Conversation} from "../conversation.js" */
/** @import {Message, Plan, Usage} from "../types.js" */

/** How many messages are drawn at first, and more each time the top is reached. */
const WINDOW = 60;
/** How near the top, in pixels, earlier messages are drawn. */
const EARLY = 600;

export class ThreadView {
  constructor() {
    /** @type {Conversation|null} */ this.thread = null;
    /** @type {Map<string, {element: HTMLElement, html: string, isLast: boolean}>} */ this.drawn = new Map();
    /** @type {Map<string, PlanCard>} */ this.cards = new Map();
    this.count = WINDOW;
    this.fetching = false;
    this.isNew = false;
    this.waitingSaid = "";
    /** Whether an answer is being written whose end is to be told. */ this.listening = false;
    /** @type {LiveAnswer|null} the answer that is coming */ this.answer = null;
    this.frame = 0;
    this.list = h("div", { class: "messages" });
    this.live = h("div", { class: "live" });
    this.top = h("div", { class: "top-mark" });
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": t("thread.label") }, this.top, this.list, this.live);
    this.dock = h("div", { class: "dock" });
    this.place = new Place(this.scroller, this.list);
    this.composer = new Composer({ onSend: (text) => void this.send(text), onStop: () => void this.thread?.stop().catch((error) => toast(explain(error), { error: true })) });
    this.element = h("div", { class: "thread" }, this.scroller, h("div", { class: "foot" }, this.place.jump, this.dock, this.composer.element, h("p", { class: "fine" }, t("composer.promise"), (this.cost = h("span", { class: "cost" })))));
    this.redraw = () => this.draw();
    this.regrow = () => void (this.frame ||= requestAnimationFrame(() => this.grow()));
    new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && void this.earlier(), { root: this.scroller, rootMargin: `${EARLY}px` }).observe(this.top);
    this.sight = new IntersectionObserver(() => this.drawDock(), { root: this.scroller, threshold: 0.3 });
    const sizes = new ResizeObserver(() => this.place.laidOut());
    for (const part of [this.scroller, this.list, this.live]) sizes.observe(part);
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    on("plan", (plan) => plan.thread_id === this.thread?.id && this.draw());
    on("reconnected", () => this.thread && !this.isNew && void this.thread.load().catch(() => {}));
    on("compose", ({ text, send }) => (send ? void this.send(text) : this.composer.put(text)));
    setInterval(tickCards, 20_000);
  }

  /** @param {string|null} id null for a new thread */
  async show(id) {
    const current = this.thread;
    if (id === null && current && this.isNew && !current.messages.length) return this.composer.takeFocus(), this.draw();
    if (id !== null && id === current?.id) return this.comeBack();
    current?.removeEventListener("change", this.redraw);
    current?.removeEventListener("grow", this.regrow);
    this.isNew = id === null;
    this.thread = conversation(id ?? newThreadId());
    this.thread.addEventListener("change", this.redraw);
    this.thread.addEventListener("grow", this.regrow);
    this.answer = null;
    this.drawn.clear();
    this.cards.clear();
    this.count = WINDOW;
    this.list.replaceChildren();
    this.composer.open(id ?? "new");
    this.composer.takeFocus();
    if (this.isNew) return this.draw(true);
    if (!this.thread.loaded) fill(this.list, h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
    else this.draw(true);
    await guarded(this.list, async () => {
      const thread = this.thread;
      await thread?.load();
      if (thread === this.thread) this.draw(true);
    });
  }

  /** The view is shown again, in which a scroller begins at its top. */
  comeBack() {
    this.place.restore();
    this.composer.takeFocus();
    this.draw();
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
    const begun = unfinished(thread.id);
    const sent = thread.send(text, { unfinished: begun !== undefined });
    this.place.follow();
    emit("threads", undefined);
    await sent;
    if (thread.failed?.unfinished && thread === this.thread) this.keepForLater(thread);
  }

  /** What was said would have decided what is being changed on the page: that is to be ended first, and the words stay. @param {Conversation} thread */
  keepForLater(thread) {
    if (!(thread.failed?.error instanceof ApiError) || thread.failed.error.code !== "plan_mismatch") return;
    this.composer.put(thread.withdraw());
    toast(t("plan.unfinished"), { error: true });
    unfinished(thread.id)?.element.scrollIntoView({ block: "nearest" });
  }

  scrolled() {
    this.place.scrolled();
    if (this.scroller.scrollTop < EARLY) void this.earlier(); // also where the top stayed near, of which an observer says nothing
  }

  async earlier() {
    const { thread } = this;
    if (!thread || this.fetching) return;
    this.fetching = true;
    if (this.count >= thread.messages.length) await thread.earlier().catch((error) => toast(explain(error), { error: true }));
    this.fetching = false;
    if (thread !== this.thread || this.count >= thread.messages.length) return;
    this.count += WINDOW;
    this.draw(); // which leaves what is read where it is
  }

  /** @param {boolean} [jump] to the end, as when a thread was opened */
  draw(jump = false) {
    const { thread } = this;
    if (!thread || (!thread.loaded && !this.isNew)) return;
    if (thread.missing) fill(this.list, emptyState("thread", t("thread.missing"), t("thread.missing_text"), h("a", { class: "button", href: "#/" }, t("thread.new"))));
    else if (!thread.messages.length && !thread.live) this.drawEmpty();
    else this.drawMessages(thread);
    this.drawLive(thread);
    this.drawTitle(thread);
    fill(this.cost, costOf(thread.usage));
    this.composer.setBusy(thread.live && (thread.live.phase === "execute" ? "plan" : "answer"));
    this.speak(thread, jump);
    if (jump) this.place.follow();
    else this.place.laidOut();
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
    for (const message of shown) {
      if (onlyReceipts(message)) continue;
      nodes.push(this.messageNode(message, message === lastMine && !thread.live));
      const plan = plans.get(message.plan_id);
      if (!plan || earlierPlans.has(plan.id) || placed.has(this.rootOf(plan))) continue;
      placed.add(this.rootOf(plan));
      nodes.push(this.cardNode(plan, thread));
    }
    for (const plan of plans.ofThread(thread.id)) if (plan.status === "pending" && ![...placed].some((root) => this.newest(root, thread).id === plan.id)) nodes.push(this.card(plan.id, plan).element);
    if (thread.live) {
      this.answer ??= new LiveAnswer();
      this.answer.draw(thread.live);
      nodes.push(this.answer.element);
    } else this.answer = null;
    sync(this.list, nodes);
  }

  /** The text of the answer has grown, by what came since the last frame. */
  grow() {
    this.frame = 0;
    if (this.thread?.live) this.answer?.grow(this.thread.live);
  }

  /** @param {Message} message @param {boolean} isLast of the user's */
  messageNode(message, isLast) {
    const key = message.key ?? message.id;
    const cached = this.drawn.get(key);
    const html = message.content_html ?? "";
    const options = isLast ? { onEdit: () => this.composer.put(message.content), onAgain: () => void this.send(message.content) } : {};
    if (cached?.html === html) {
      if (cached.isLast !== isLast) cached.element.querySelector(".message-tools")?.replaceWith(messageTools(message, options));
      cached.isLast = isLast;
      return cached.element;
    }
    const ended = !cached && message.key && message.role === "assistant" && !this.thread?.live ? this.answer : null;
    if (ended) this.answer = null;
    const element = ended?.settle(message) ?? messageElement(message, options);
    this.drawn.set(key, { element, html, isLast });
    return element;
  }

  /** The first plan of a row of edits, named in the thread by a message. @param {Plan} plan @returns {string} */
  rootOf(plan) {
    const named = proposed(this.thread);
    let root = plan;
    for (let before = plans.get(root.supersedes); before && !named.has(root.id); before = plans.get(root.supersedes)) root = before;
    return root.id;
  }

  /** The newest form of a plan that was edited in place. @param {string} rootId @param {Conversation} thread */
  newest(rootId, thread) {
    const named = proposed(thread);
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
    if (live || !failed) return fill(this.live);
    const edit = () => this.composer.put(thread.withdraw());
    fill(
      this.live,
      h("div", { class: "failed", role: "alert" }, icon("warning"), h("p", null, whyNot(failed)), failed.text && h("div", { class: "row" }, h("button", { type: "button", class: "button", onclick: () => void thread.retry() }, icon("retry"), t("retry")), h("button", { type: "button", class: "quiet", onclick: edit }, icon("pencil"), t("message.edit")))),
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
    if (!live && this.listening && !opened && answer?.role === "assistant") words.push(t("message.sayso"), this.wordsOf(answer));
    this.listening = live !== null && (this.listening || live.phase !== "execute");
    const plan = this.waiting();
    if (plan && !live && this.waitingSaid !== plan.id) {
      this.waitingSaid = plan.id;
      words.push(t("plan.announce", { question: plan.question ?? "" }));
    }
    if (words.length) announce(words.join(" "));
  }

  /** An answer as it is read, without the marks of its Markdown. @param {Message} message */
  wordsOf({ key, id, content }) {
    const bubble = this.drawn.get(key ?? id)?.element.querySelector(".bubble");
    return bubble instanceof HTMLElement ? bubble.innerText : content;
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
}

/** @param {{error: Error, held?: boolean}} failed */
function whyNot({ error, held }) {
  if (held) return t("error.held");
  if (!(error instanceof ApiError)) return explain(error);
  return error.status === 401 ? t("error.signed_out") : error.passes ? t("error.resent") : explain(error);
}

/** Whether a message is the receipts of a plan, which its card shows already; a model's words about them have a usage. @param {Message} message */
function onlyReceipts({ kind, plan_id: planId, usage }) {
  return kind === "outcome" && !usage && plans.get(planId) !== undefined;
}

/** What a conversation has cost, if a model took part in it. @param {Usage|null} usage */
function costOf(usage) {
  const tokens = usage ? usage.input_tokens + usage.output_tokens : 0;
  if (!tokens) return null;
  const count = t("thread.tokens", { count: tokens, tokens: number(tokens) });
  return usage?.cost ? t("thread.cost", { tokens: count, cost: dollars(usage.cost) }) : count;
}

/** The ids of the plans that messages propose: those of edits are named only when they are decided. @param {Conversation|null} thread */
function proposed(thread) {
  const proposals = thread?.messages.filter((message) => message.kind !== "decision" && !onlyReceipts(message));
  return new Set(proposals?.map((message) => message.plan_id));
}

/** @param {Element} element @param {Element} root */
function onScreen(element, root) {
  const box = element.getBoundingClientRect();
  const frame = root.getBoundingClientRect();
  return box.bottom > frame.top + 60 && box.top < frame.bottom - 60;
}
