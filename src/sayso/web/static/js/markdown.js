/**
 * HTML that the server made from Markdown, as safe elements. It is parsed into an inert document, in which nothing runs or
 * loads, and only elements and attributes named here are made anew in the page.
 */

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { inert } from "./inert.js";
import { FILE } from "./inline.js";

const KEPT = new Set(["p", "br", "hr", "em", "strong", "s", "del", "code", "pre", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"]);
const HEADINGS = new Set(["h1", "h2", "h3", "h4", "h5", "h6"]);
const DROPPED = new Set(["script", "style", "template", "iframe", "object", "embed", "svg", "math", "link", "meta", "title", "noscript", "textarea", "select"]);

/** Elements whose white space is only the layout of the markup. */
const FRAMES = new Set(["body", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr"]);
const INLINE = new Set(["a", "br", "em", "strong", "s", "del", "code"]);

/** @param {string} html @returns {DocumentFragment} */
export function safeHtml(html) {
  const fragment = document.createDocumentFragment();
  copy(inert(html, "text/html").body, fragment);
  return fragment;
}

/** @param {Element} from @param {Node} to */
function copy(from, to) {
  for (const node of from.childNodes) {
    if (node instanceof Element) copyElement(node, inside(to, node.localName));
    else if (node instanceof Text && (node.data.trim() || !FRAMES.has(from.localName))) put(from.localName === "li" ? node.data.replace(/\n$/, "") : node.data, inside(to, ""));
  }
}

/** Where a child goes. The words of an item are a paragraph, also in a list without blank lines. @param {Node} to @param {string} name of an element, or none for text */
function inside(to, name) {
  if (!(to instanceof HTMLLIElement) || (name && !INLINE.has(name))) return to;
  return to.lastChild instanceof HTMLParagraphElement ? to.lastChild : to.appendChild(document.createElement("p"));
}

/** @param {string} text @param {Node} to */
function put(text, to) {
  const { lastChild } = to;
  const shown = lastChild instanceof HTMLBRElement ? text.replace(/^\n/, "") : text;
  if (lastChild instanceof Text) lastChild.appendData(shown);
  else if (shown) to.appendChild(document.createTextNode(shown));
}

/** @param {Element} element @param {Node} to */
function copyElement(element, to) {
  const name = element.localName;
  if (DROPPED.has(name)) return;
  if (name === "a") return void to.appendChild(link(element.textContent ?? "", element.getAttribute("href") ?? ""));
  if (!KEPT.has(name) && !HEADINGS.has(name)) return copy(element, to);
  const made = document.createElement(HEADINGS.has(name) ? "h3" : name);
  if (name === "ol" && /^\d{1,9}$/.test(element.getAttribute("start") ?? "")) made.setAttribute("start", element.getAttribute("start") ?? "1");
  copy(element, made);
  if (name === "table") to.appendChild(tableFrame()).append(made);
  else if (name === "pre") to.appendChild(codeFrame()).firstChild?.replaceWith(made.firstElementChild ?? made);
  else to.appendChild(made);
}

/** What a table is put into: it scrolls by itself, and by keyboard. */
export const tableFrame = () => h("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": t("message.table") });

/** Lines of code, which scroll by themselves, and by keyboard. */
export const codeFrame = () => h("pre", { tabindex: "0", role: "group", "aria-label": t("message.code") }, h("code"));

/** A link that says where it goes, and goes there only on a click. @param {string} text @param {string} href @returns {Node} */
export function link(text, href) {
  if (FILE.test(href)) return h("a", { href, download: true }, text);
  const url = URL.parse ? URL.parse(href) : tryUrl(href);
  if (!url || !["http:", "https:", "mailto:"].includes(url.protocol)) return document.createTextNode(text);
  const place = url.protocol === "mailto:" ? url.pathname : url.host;
  const made = h("a", { href: url.href, rel: "noopener noreferrer nofollow", target: "_blank", title: url.href, "aria-label": t("message.link", { text, place }) }, text);
  if (!text.includes(place)) made.append(h("span", { class: "place" }, ` ${place}`));
  made.append(icon("leave", "flips"));
  return made;
}

/** @param {string} href @returns {URL|null} */
function tryUrl(href) {
  try {
    return new URL(href);
  } catch {
    return null;
  }
}
