/** One message of a thread. */

import { h, icon, iconButton } from "../dom.js";
import { dateTime, t } from "../i18n.js";
import { safeHtml } from "../markdown.js";
import { toolIcon, toolName } from "../plan/action.js";
import { toast } from "./notices.js";

/** @import {Message, Read} from "../types.js" */

/** @param {Message} message @param {{onEdit?: () => void, onAgain?: () => void}} [options] @returns {HTMLElement} */
export function messageElement(message, { onEdit, onAgain } = {}) {
  const mine = message.role === "user";
  return h(
    "article",
    { class: `message is-${message.role}`, dataset: { id: message.id } },
    h("h2", { class: "sr-only" }, t(mine ? "message.you" : "message.sayso")),
    !mine && readsLine(message.actions ?? []),
    message.content && (mine && isLong(message.content) ? folded(message) : h("div", { class: "bubble", dir: "auto" }, body(message))),
    message.content &&
      h(
        "div",
        { class: "message-tools" },
        h("time", { datetime: message.created_at }, dateTime(message.created_at)),
        iconButton("copy", t("message.copy"), () => void copyText(message.content)),
        onAgain && iconButton("retry", t("message.again"), onAgain),
        onEdit && iconButton("pencil", t("message.edit"), onEdit),
      ),
  );
}

/** Whether a message would fill the view, as pasted text does. @param {string} text */
function isLong(text) {
  return text.length > 1500 || text.split("\n").length > 24;
}

/** The beginning of a long message, with a button for all of it. @param {Message} message */
function folded(message) {
  const bubble = h("div", { class: "bubble is-folded", dir: "auto" }, body(message));
  const toggle = () => {
    const fold = bubble.classList.toggle("is-folded");
    button.textContent = t(fold ? "message.unfold" : "message.fold");
    button.setAttribute("aria-expanded", String(!fold));
  };
  const button = h("button", { type: "button", class: "quiet", "aria-expanded": "false", onclick: toggle }, t("message.unfold"));
  return [bubble, button];
}

/** @param {Message} message */
function body(message) {
  if (message.role === "assistant" && message.content_html) return h("div", { class: "prose" }, safeHtml(message.content_html));
  return h("p", { class: "plain" }, message.content);
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

/** @param {string} text */
async function copyText(text) {
  await navigator.clipboard.writeText(text);
  toast(t("message.copied"), { seconds: 2 });
}
