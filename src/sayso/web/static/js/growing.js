/**
 * Markdown as it grows. Each line is read once; only the last one, while it is unfinished, is taken back and read again when more of it
 * has come. Elements are changed where they stand and almost only added to, so that selected text stays selected. The work for a
 * piece of text does not depend on how much stands before it.
 *
 * When the answer is complete, the server's HTML has the last word (see `markdown.js`); where the server gave none, this has.
 */

import { cut, place } from "./dom.js";
import { inline } from "./inline.js";
import { codeFrame, link, tableFrame } from "./markdown.js";

/** @import {Inline} from "./inline.js" */

/**
 * @typedef {object} Block
 * @property {string} tag  the element; "div" frames a table
 * @property {Block[]} children
 * @property {string} text  of a paragraph, heading, cell or piece of code
 * @property {number} indent  of an item: how far its content is indented; of code: its fence
 * @property {string} mark  of a list: what its items begin with; of code: the fence
 * @property {string|null} value  of the attribute that this element may have
 * @property {boolean} growing  whether the text goes on
 * @property {number} from  children before this one are drawn and do not change
 * @property {boolean} drawn  for good
 */
/** @typedef {"whole"|"cut"|"open"} Ending of a line: it is complete, too long and goes on in the next piece, or not complete yet */
/** @typedef {{block: Block, count: number, last: Block|undefined, text: string}} Kept */

const LISTS = new Set(["ul", "ol"]);
const LEAVES = new Set(["p", "h3", "td", "th"]);
/** Blocks inside each other; deeper marks are text. */
const DEEPEST = 16;
/** Characters of a line or paragraph that are read together; a longer one is cut, so that the work for a piece of text has a bound. */
const LONGEST = 4000;
/** @type {Record<string, string>} */ const ATTRIBUTES = { ol: "start", p: "class" };
/** Columns up to which short rows are filled up. */
const WIDEST = 40;

const QUOTE = /^ {0,3}> ?/;
const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})/;
const HEADING = /^ {0,3}#{1,6}(?:[ \t]+|$)/;
const RULE = /^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/;
const UNDERLINE = /^ {0,3}(?:=+|-+) *$/;
const ITEM = /^( {0,3})([-+*]|(\d{1,9})([.)]))( {1,4}(?! )| |$)/;
/** A line that so far may become any of these. */
const UNDECIDED = /^ {0,3}(?:[-+*=_#>~`|: ]+|\d{1,2}[.)]? ?)$/;
const DELIMITER = /^:?-+:?$/;

/** @param {string} tag @param {Partial<Block>} [more] @returns {Block} */
const block = (tag, more) => ({ tag, children: [], text: "", indent: 0, mark: "", value: null, growing: false, from: 0, drawn: false, ...more });

export class GrowingMarkdown {
  /** @param {Element} element that it is drawn into */
  constructor(element) {
    this.element = element;
    this.root = block("div");
    /** @type {Block[]} what is open, from the root to the innermost */ this.stack = [this.root];
    /** @type {Kept[]} how what is open stood before the unfinished line */ this.kept = [];
    this.line = "";
    /** Whether `line` is the rest of one that was cut. */ this.goesOn = false;
  }

  /** More text has come. @param {string} text */
  add(text) {
    this.takeBack();
    const lines = (this.line + text.replaceAll("\r", "")).split("\n");
    this.line = lines.pop() ?? "";
    for (const line of lines) {
      this.read(this.cut(line), "whole");
      this.goesOn = false;
    }
    this.line = this.cut(this.line);
    this.keep();
    if (this.line) this.read(this.line, "open");
    this.draw();
  }

  /** The text is complete. */
  end() {
    this.takeBack();
    if (this.line) this.read(this.line, "whole");
    this.kept = this.stack = [];
    this.draw();
  }

  /** Read what of the line is too long; the rest of it. @param {string} line */
  cut(line) {
    let rest = line;
    while (rest.length > LONGEST) {
      const end = rest.lastIndexOf(" ", LONGEST) + 1 || LONGEST;
      this.read(rest.slice(0, end), "cut");
      this.goesOn = true;
      rest = rest.slice(end);
    }
    return rest;
  }

  keep() {
    this.kept = this.stack.map((one) => ({ block: one, count: one.children.length, last: one.children.at(-1), text: one.text }));
  }

  takeBack() {
    if (!this.kept.length) return;
    for (const { block: one, count, last, text } of this.kept) {
      one.children.length = count;
      if (last) one.children[count - 1] = last;
      one.text = text;
    }
    this.stack = this.kept.map((one) => one.block);
  }

  get top() {
    return /** @type {Block} */ (this.stack.at(-1));
  }

  /** Open a block inside the innermost that may hold it. @param {Block} made */
  open(made) {
    if (LISTS.has(this.top.tag) && made.tag !== "li") this.stack.pop();
    this.top.children.push(made);
    this.stack.push(made);
    return made;
  }

  /** @param {string} line @param {Ending} ending */
  read(line, ending) {
    const isCode = this.top.tag === "#text";
    if (this.goesOn) return isCode ? this.code(line, ending) : this.goOn(line);
    let [rest, depth] = this.inside(isCode ? line : line.replace(/^[ \t]+/, (space) => space.replaceAll("\t", "    ")));
    const inner = this.stack[depth];
    if (inner?.tag === "pre") return this.codeLine(inner, rest, ending);
    const open = ending === "open";
    if (open && UNDECIDED.test(rest)) return;
    if (!rest.trim()) {
      if (!open) this.stack.length = depth;
      return;
    }
    for (let next = this.begin(rest, depth, open); next !== null; next = this.begin(rest, depth, open)) {
      if (next === "" || (open && UNDECIDED.test(next))) return;
      [rest, depth] = [next, this.stack.length];
    }
    if (rest.trim()) this.words(rest.trim(), depth, open);
  }

  /** What is left of the line inside the open blocks that it goes on with, and how many these are. @param {string} line @returns {[string, number]} */
  inside(line) {
    let rest = line;
    let depth = 1;
    for (; depth < this.stack.length; depth += 1) {
      const { tag, indent } = /** @type {Block} */ (this.stack[depth]);
      if (tag === "blockquote") {
        const found = QUOTE.exec(rest);
        if (!found) break;
        rest = rest.slice(found[0].length);
      } else if (tag === "li") {
        if (rest.trim() && !rest.startsWith(" ".repeat(indent))) break;
        rest = rest.slice(indent);
      } else if (!LISTS.has(tag)) break;
    }
    return [rest, depth];
  }

  /** Open the block that begins here; what is left of the line inside of it, null when none begins. @param {string} rest @param {number} depth @param {boolean} open whether the line is */
  begin(rest, depth, open) {
    const inner = this.stack[depth];
    if (this.stack.length > DEEPEST) return null;
    const quote = QUOTE.exec(rest);
    if (quote) return this.opened(depth, block("blockquote"), rest.slice(quote[0].length));
    const fence = FENCE.exec(rest);
    if (fence) return this.fenced(depth, fence[2] ?? "", fence[1]?.length ?? 0);
    const heading = HEADING.exec(rest);
    if (heading) return this.closed(depth, block("h3", { growing: open, text: rest.slice(heading[0].length).trim().replace(/(^|\s)#+$/, "") }));
    if (inner?.tag === "p" && UNDERLINE.test(rest)) return this.closed(depth, block("h3", { text: inner.text }), true);
    if (RULE.test(rest)) return this.closed(depth, block("hr"));
    return this.item(rest, depth);
  }

  /** @param {number} depth @param {Block} made @param {string} rest */
  opened(depth, made, rest) {
    this.stack.length = depth;
    this.open(made);
    return rest;
  }

  /** @param {number} depth @param {Block} made @param {boolean} [instead] of the block before it */
  closed(depth, made, instead = false) {
    this.stack.length = depth;
    if (instead) this.top.children.pop();
    this.open(made);
    this.stack.pop();
    return "";
  }

  /** @param {string} rest @param {number} depth */
  item(rest, depth) {
    const found = ITEM.exec(rest);
    if (!found) return null;
    const [all, , bullet = "", number, delimiter] = found;
    const left = rest.slice(all.length);
    if (this.stack[depth]?.tag === "p" && (!left.trim() || (number && number !== "1"))) return null; // CommonMark 0.31, 5.2: these do not interrupt
    this.stack.length = depth;
    const mark = delimiter ?? bullet;
    if (LISTS.has(this.top.tag) && this.top.mark !== mark) this.stack.pop();
    if (!LISTS.has(this.top.tag)) this.open(block(number ? "ol" : "ul", { mark, value: number && Number(number) !== 1 ? String(Number(number)) : null }));
    this.open(block("li", { indent: left ? all.length : all.trimEnd().length + 1 }));
    return left;
  }

  /** @param {number} depth @param {string} mark @param {number} indent */
  fenced(depth, mark, indent) {
    this.stack.length = depth;
    this.open(block("pre", { mark, indent }));
    this.open(block("code"));
    this.open(block("#text"));
    return "";
  }

  /** @param {Block} pre @param {string} line @param {Ending} ending */
  codeLine({ mark, indent }, line, ending) {
    const bare = line.trim();
    const closes = bare.length >= mark.length && bare === mark[0]?.repeat(bare.length);
    if (closes) this.stack.length = this.stack.findLastIndex((one) => one.tag === "pre");
    else if (ending !== "open" || !bare || !mark.startsWith(bare)) this.code(line.replace(new RegExp(`^ {0,${indent}}`), ""), ending);
  }

  /** @param {string} text @param {Ending} ending */
  code(text, ending) {
    if (this.top.text.length > LONGEST) {
      this.stack.pop();
      this.open(block("#text"));
    }
    this.top.text += ending === "whole" ? `${text}\n` : text;
  }

  /** @param {string} text of a paragraph that is too long for one element */
  goOn(text) {
    if (this.top.tag === "p") this.stack.pop();
    this.open(block("p", { text, value: "goes-on" }));
  }

  /** A line of a paragraph or of a table. @param {string} line @param {number} depth @param {boolean} open */
  words(line, depth, open) {
    const { top } = this;
    const inner = this.stack[depth];
    if (inner?.tag === "div") return this.row(line, open);
    if (top.tag !== "p" || (line.startsWith("|") && !top.text.startsWith("|"))) {
      this.stack.length = depth;
      this.open(block("p", { text: line }));
    } else if (top.text.length > LONGEST) this.goOn(line);
    else if (inner !== top || !this.table(top, line)) top.text += `\n${line}`;
  }

  /** Make a table of a paragraph of one line, when `line` is the row of dashes under it. @param {Block} head @param {string} line */
  table(head, line) {
    const titles = cells(head.text);
    const marks = cells(line);
    if (head.text.includes("\n") || !line.includes("|") || marks.length !== titles.length || !marks.every((mark) => DELIMITER.test(mark))) return false;
    this.stack.pop();
    this.top.children.pop();
    const { frame, table } = tableOf(titles);
    this.open(frame);
    this.stack.push(table);
    return true;
  }

  /** @param {string} line @param {boolean} open */
  row(line, open) {
    const place = this.stack.findLastIndex((one) => one.tag === "table");
    const table = /** @type {Block} */ (this.stack[place]);
    if (this.top === table) this.open(block("tbody"));
    const wide = table.children[0]?.children[0]?.children.length ?? 0;
    const made = cells(line).slice(0, wide).map((text) => block("td", { text }));
    const last = made.at(-1);
    if (last) last.growing = open;
    while (!open && made.length < wide && wide <= WIDEST) made.push(block("td"));
    this.top.children.push(block("tr", { children: made }));
  }

  draw() {
    this.drawChildren(this.element, this.root, new Map(this.kept.map(({ block: one, count }) => [one, count])));
  }

  /** @param {Element} element @param {Block} parent @param {Map<Block, number>} open blocks to which more may come, with how many of their children stand */
  drawChildren(element, parent, open) {
    const { children } = parent;
    for (let index = parent.from; index < children.length; index += 1) this.drawBlock(element, index, /** @type {Block} */ (children[index]), open);
    cut(element, children.length);
    parent.from = Math.max(0, (open.get(parent) ?? children.length) - 1);
  }

  /** @param {Element} parent @param {number} index @param {Block} one @param {Map<Block, number>} open @returns {void} */
  drawBlock(parent, index, one, open) {
    if (one.drawn) return;
    if (mayBeTable(one) && this.top === one) return this.drawBlock(parent, index, tableOf(cells(one.text), true).frame, open);
    one.drawn = !open.has(one);
    if (one.tag === "#text") return drawText(parent, index, one.text);
    const there = parent.childNodes[index];
    const element = there instanceof HTMLElement && fits(there, one) ? there : place(parent, index, elementOf(one));
    if (LEAVES.has(one.tag)) drawInline(element, inline(one.text, one.growing || this.top === one));
    else this.drawChildren(element, one, open);
  }
}

/** Markdown that is complete. @param {string} text */
export function renderMarkdown(text) {
  const element = document.createElement("div");
  const markdown = new GrowingMarkdown(element);
  markdown.add(text);
  markdown.end();
  return [...element.childNodes];
}

/** A line that begins with a bar is most likely the head of a table. @param {Block} one */
function mayBeTable({ tag, text }) {
  return tag === "p" && text.startsWith("|") && text.length > 1 && !text.includes("\n");
}

/** @param {string[]} titles @param {boolean} [growing] */
function tableOf(titles, growing = false) {
  const heads = titles.map((text, index) => block("th", { text, growing: growing && index === titles.length - 1 }));
  const table = block("table", { children: [block("thead", { children: [block("tr", { children: heads })] })] });
  return { frame: block("div", { children: [table] }), table };
}

/** The cells of a row. @param {string} line */
function cells(line) {
  const parts = line.trim().replace(/^\|/, "").split(/(?<!\\)\|/);
  if (parts.length > 1 && !parts.at(-1)?.trim()) parts.pop();
  return parts.map((part) => part.trim().replaceAll("\\|", "|"));
}

/** @param {Block} one @returns {HTMLElement} */
function elementOf({ tag, value }) {
  if (tag === "div") return tableFrame();
  if (tag === "pre") return codeFrame();
  const made = document.createElement(tag);
  if (value) made.setAttribute(ATTRIBUTES[tag] ?? "", value);
  return made;
}

/** @param {HTMLElement} element @param {Block} one */
function fits(element, { tag, value }) {
  return element.localName === tag && (!ATTRIBUTES[tag] || element.getAttribute(ATTRIBUTES[tag]) === value);
}

/** @param {Element} parent @param {Inline[]} items */
function drawInline(parent, items) {
  items.forEach((item, index) => {
    const there = parent.childNodes[index];
    if (typeof item === "string") return drawText(parent, index, item);
    if (item.tag === "a") {
      const made = link(item.text, item.href);
      return void (there?.isEqualNode(made) || place(parent, index, made));
    }
    const element = there instanceof HTMLElement && there.localName === item.tag ? there : place(parent, index, document.createElement(item.tag));
    drawInline(element, item.children);
  });
  cut(parent, items.length);
}

/** Have `text` at `index`, by adding to what is there if that is enough. @param {Element} parent @param {number} index @param {string} text */
function drawText(parent, index, text) {
  const there = parent.childNodes[index];
  if (!(there instanceof Text)) place(parent, index, document.createTextNode(text));
  else if (!text.startsWith(there.data)) there.data = text;
  else if (text !== there.data) there.appendData(text.slice(there.data.length));
}
