/**
 * HTML that the server made from Markdown, as safe elements. It is parsed into an inert document, in which nothing runs or
 * loads, and only elements and attributes named here are made anew in the page.
 */

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { inert } from "./inert.js";

const KEPT = new Set(["p", "br", "hr", "em", "strong", "s", "del", "code", "pre", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"]);
const HEADINGS = new Set(["h1", "h2", "h3", "h4", "h5", "h6"]);
const DROPPED = new Set(["script", "style", "template", "iframe", "object", "embed", "svg", "math", "link", "meta", "title", "noscript", "textarea", "select"]);

/** @param {string} html @returns {DocumentFragment} */
export function safeHtml(html) {
  const fragment = document.createDocumentFragment();
  copy(inert(html, "text/html").body, fragment);
  return fragment;
}

/** @param {Node} from @param {Node} to */
function copy(from, to) {
  for (const node of from.childNodes) {
    if (node instanceof Text) to.appendChild(document.createTextNode(node.data));
    else if (node instanceof Element) copyElement(node, to);
  }
}

/** @param {Element} element @param {Node} to */
function copyElement(element, to) {
  const name = element.localName;
  if (DROPPED.has(name)) return;
  if (name === "a") return void to.appendChild(link(element));
  if (!KEPT.has(name) && !HEADINGS.has(name)) return copy(element, to);
  const made = document.createElement(HEADINGS.has(name) ? "h3" : name);
  if (name === "ol" && /^\d{1,6}$/.test(element.getAttribute("start") ?? "")) made.setAttribute("start", element.getAttribute("start") ?? "1");
  copy(element, made);
  to.appendChild(name === "table" ? h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": t("message.table") }, made) : made);
}

/** A link that says where it goes, and goes there only on a click. @param {Element} element @returns {Node} */
function link(element) {
  const text = element.textContent ?? "";
  const url = URL.parse ? URL.parse(element.getAttribute("href") ?? "") : tryUrl(element.getAttribute("href") ?? "");
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
