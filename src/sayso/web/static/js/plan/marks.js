/** What is otherwise than before, marked where it stands: struck what was, marked what is new. */

import { h } from "../dom.js";

/** @import {Child} from "../dom.js" */
/** @import {Action} from "../types.js" */

/** How many words of a text are compared. */
const MOST_WORDS = 4000;

/** What this argument was in the version before; undefined where that did not differ. @param {Action} action @param {string} name @returns {unknown} */
export const wasOf = ({ was }, name) => (was?.args && name in was.args ? was.args[name] : undefined);

/**
 * A value in a line: as it is in the world (`old`), as the version before of this card had it (`was`), as it would be.
 * @param {string} value @param {string|null|undefined} old @param {string|null|undefined} was @returns {Child[]}
 */
export function marked(value, old, was) {
  const parts = [];
  if (old && old !== value) parts.push(h("del", null, old), " → ");
  if (was !== undefined && was !== value) parts.push(was && [h("del", { class: "was" }, was), " "], value && h("mark", null, value));
  else parts.push(parts.length ? h("ins", null, value) : value);
  return parts;
}

/** A longer text, in which only what differs is marked. @param {string} text @param {unknown} was @returns {Child[]} */
export function markedText(text, was) {
  if (typeof was !== "string" || was === text) return [text];
  const [old, fresh] = [was, text].map((each) => each.split(/(?<=\s)/).slice(0, MOST_WORDS));
  if (!old || !fresh) return [text];
  let start = 0;
  while (start < Math.min(old.length, fresh.length) && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < Math.min(old.length, fresh.length) - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const gone = old.slice(start, old.length - end).join("");
  const come = fresh.slice(start, fresh.length - end).join("");
  const words = come.trimEnd();
  const rest = text.slice(fresh.slice(0, fresh.length - end).join("").length);
  return [fresh.slice(0, start).join(""), gone && [h("del", { class: "was" }, gone.trimEnd()), " "], words && h("mark", null, words), come.slice(words.length), rest];
}
