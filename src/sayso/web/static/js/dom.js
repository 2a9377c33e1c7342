/** Making and finding elements. Text always goes in as text: nothing here parses HTML. */

import { inert } from "./inert.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node|string|number|null|undefined|false|""|any[]} Child */

/**
 * An element. Keys of `props`: `class`, `on<event>` (a listener), `dataset`, a boolean (attribute present or not),
 * anything else an attribute.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>|null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) setProp(element, key, value);
  append(element, children);
  return element;
}

/** @param {Element} element @param {string} key @param {any} value */
function setProp(element, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (key === "dataset") Object.assign(/** @type {HTMLElement} */ (element).dataset, value);
  else if (key === "value") /** @type {HTMLInputElement} */ (element).value = value;
  else if (key === "checked") /** @type {HTMLInputElement} */ (element).checked = true;
  else element.setAttribute(key, value === true ? "" : String(value));
}

/** @param {Element|DocumentFragment} parent @param {Child[]} children */
export function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child);
    else parent.append(child instanceof Node ? child : String(child));
  }
}

/** Replace what is inside `parent`. @param {Element} parent @param {...Child} children */
export function fill(parent, ...children) {
  const fragment = document.createDocumentFragment();
  append(fragment, children);
  parent.replaceChildren(fragment);
}

/** Put `node` at `index`, in the place of what is there. @template {Node} N @param {Element} parent @param {number} index @param {N} node @returns {N} */
export function place(parent, index, node) {
  const there = parent.childNodes[index];
  if (there) there.replaceWith(node);
  else parent.append(node);
  return node;
}

/** Leave the first `count` nodes only. @param {Element} parent @param {number} count */
export function cut(parent, count) {
  while (parent.childNodes.length > count) parent.lastChild?.remove();
}

/** Make `parent` hold exactly `nodes`, moving as little as possible. @param {Element} parent @param {Node[]} nodes */
export function sync(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}

/** Put the sprite with all drawings into the page. */
export async function loadIcons() {
  const answer = await fetch("/static/icons.svg");
  const sprite = document.adoptNode(inert(await answer.text(), "image/svg+xml").documentElement);
  sprite.setAttribute("hidden", "");
  document.body.prepend(sprite);
}

/** A drawing from the sprite, hidden from screen readers. @param {string} name @param {string} [extra] */
export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${extra}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * A button with an icon only; the label is its name and its tooltip.
 * @param {string} name @param {string} label @param {(event: MouseEvent) => void} onclick @param {Record<string, any>} [props]
 */
export function iconButton(name, label, onclick, props = {}) {
  return h("button", { type: "button", "aria-label": label, title: label, onclick, ...props, class: `icon-button ${props.class ?? ""}` }, icon(name));
}

/** The element with this id, which the page always has. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`#${id} is missing`);
  return element;
}

/** Run `draw` and give the focus back to the element with the same data-key inside `root`, or else to `root` itself: it is never lost. @param {HTMLElement} root @param {() => void} draw */
export function keepingFocus(root, draw) {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || !root.contains(active)) return draw();
  const { key } = active.dataset;
  draw();
  if (root.contains(active)) return active.focus({ preventScroll: true });
  const next = key && root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  (next instanceof HTMLElement ? next : root).focus({ preventScroll: true });
}
