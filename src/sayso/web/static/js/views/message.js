/** One message of a thread. */

import { cut, h, icon, iconButton, place, sync } from "../dom.js";
import { GrowingMarkdown, renderMarkdown } from "../growing.js";
import { dateTime, t } from "../i18n.js";
import { safeHtml } from "../markdown.js";
import { toolIcon, toolName } from "../plan/action.js";
import { copyText } from "./notices.js";

/** @import {Live} from "../conversation.js" */
/** @import {Message, Read} from "../types.js" */

/** @param {Message} message @param {{onEdit?: () => void, onAgain?: () => void}} [options] @returns {HTMLElement} */
export function messageElement(message, options = {}) {
  const mine = message.role === "user";
  return h(
    "article",
    { class: `message is-${message.role}`, dataset: { id: message.id } },
    h("h2", { class: "sr-only" }, t(mine ? "message.you" : "message.sayso")),
    !mine && readsLine(message.actions ?? []),
    message.content && (mine && isLong(message.content) ? folded(message) : h("div", { class: "bubble", dir: "auto" }, mine ? h("p", { class: "plain" }, message.content) : h("div", { class: "prose" }, body(message)))),
    message.content && messageTools(message, options),
  );
}

/** @param {Message} message @param {{onEdit?: () => void, onAgain?: () => void}} [options] */
export function messageTools(message, { onEdit, onAgain } = {}) {
  return h(
    "div",
    { class: "message-tools" },
    h("time", { datetime: message.created_at }, dateTime(message.created_at)),
    iconButton("copy", t("message.copy"), () => void copyText(message.content)),
    onAgain && iconButton("retry", t("message.again"), onAgain),
    onEdit && iconButton("pencil", t("message.edit"), onEdit),
  );
}

/** An answer while it comes: one element, which becomes the message's own when the answer is complete. */
export class LiveAnswer {
  constructor() {
    this.heading = h("h2", { class: "sr-only" }, t("message.sayso"));
    this.prose = h("div", { class: "prose" });
    this.bubble = h("div", { class: "bubble", dir: "auto" }, this.prose);
    this.element = h("article", { class: "message is-assistant is-live", "aria-busy": "true" }, this.heading);
    this.markdown = new GrowingMarkdown(this.prose);
    /** How much of the text is in the page. */ this.shown = 0;
  }

  /** Something beside the text has changed. @param {Live} live */
  draw(live) {
    this.grow(live);
    const reads = readsLine(live.text ? live.reads : live.reads.slice(0, -1));
    sync(this.element, [this.heading, ...(reads ? [reads] : []), live.text ? this.bubble : thinking(live)]);
  }

  /** More of the text has come. @param {Live} live */
  grow(live) {
    const begins = !this.shown && live.text;
    if (live.text.length > this.shown) this.markdown.add(live.text.slice(this.shown));
    this.shown = live.text.length;
    if (begins) this.draw(live);
  }

  /** The answer is complete: of what is shown, only what differs is changed. @param {Message} message @returns {HTMLElement} */
  settle(message) {
    const nodes = body(message);
    this.markdown.end();
    this.prose.normalize();
    nodes.forEach((node, index) => this.prose.childNodes[index]?.isEqualNode(node) || place(this.prose, index, node));
    cut(this.prose, nodes.length);
    const reads = readsLine(message.actions ?? []);
    sync(this.element, [this.heading, ...(reads ? [reads] : []), ...(message.content ? [this.bubble, messageTools(message)] : [])]);
    this.element.className = "message is-assistant";
    this.element.dataset.id = message.id;
    this.element.removeAttribute("aria-busy");
    return this.element;
  }
}

/** @param {Live} live */
function thinking({ reads, phase }) {
  const doing = reads.at(-1);
  const label = doing ? t("live.reading", { what: doing.preview || toolName(doing.tool) }) : t(`live.${phase}`);
  return h("p", { class: "thinking" }, icon(doing ? toolIcon(doing.tool) : "mark"), h("span", null, label), h("i", { class: "dots", "aria-hidden": "true" }, h("b"), h("b"), h("b")));
}

/** Whether a message would fill the view, as pasted text does. @param {string} text */
function isLong(text) {
  return text.length > 1500 || text.split("\n").length > 24;
}

/** The beginning of a long message, with a button for all of it. @param {Message} message */
function folded(message) {
  const bubble = h("div", { class: "bubble is-folded", dir: "auto" }, h("p", { class: "plain" }, message.content));
  const toggle = () => {
    const fold = bubble.classList.toggle("is-folded");
    button.textContent = t(fold ? "message.unfold" : "message.fold");
    button.setAttribute("aria-expanded", String(!fold));
  };
  const button = h("button", { type: "button", class: "quiet", "aria-expanded": "false", onclick: toggle }, t("message.unfold"));
  return [bubble, button];
}

/** The words of an answer, as the server rendered them or else the page. @param {Message} message */
function body({ content, content_html: html }) {
  return html ? [...safeHtml(html).childNodes] : renderMarkdown(content);
}

/** What was looked at on the way to the answer. @param {Read[]} reads */
export function readsLine(reads) {
  if (!reads.length) return null;
  /** @type {Map<string, {tool: string, failed: boolean}>} */ const seen = new Map();
  for (const read of reads) seen.set(read.tool, { tool: read.tool, failed: !read.success || (seen.get(read.tool)?.failed ?? false) });
  return h(
    "ul",
    { class: "reads", "aria-label": t("message.looked_at") },
    [...seen.values()].map(({ tool, failed }) => h("li", { class: failed ? "is-failed" : null }, icon(failed ? "warning" : toolIcon(tool)), toolName(tool), failed && h("span", { class: "sr-only" }, t("action.state.failed")))),
  );
}
