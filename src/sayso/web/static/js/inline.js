/** The marks inside a line of Markdown: emphasis, code, links. One pass; what is open where the text ends may still be closed by what comes. */

/** @typedef {string|{tag: "em"|"strong"|"s"|"code"|"br", children: Inline[]}|{tag: "a", href: string, text: string}} Inline */
/** @typedef {{mark: string, items: Inline[], run: number, closes: boolean}} Frame what stands behind a mark that is not closed yet (the outermost has none), how long the row of marks was, and whether it could close as well */

const MARK = /\\([!-/:-@[-`{-~])|\\?\n|`+|<(?:https?:\/\/|mailto:)[^\s<>]*>|<[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d](?:[a-z\d.-]{0,250}[a-z\d])?>|\*+|_+|~~+|[[\]]|&(?:#\d{1,7}|#x[\da-f]{1,6}|amp|lt|gt|quot|nbsp);/gi;
const TARGET = /\(\s*(?:<([^<>\n]*)>|([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
const LINK = /^(?:https?:\/\/|mailto:)/i;
/** What is attached to a mail: the only place of this server that an answer may lead to. */
export const FILE = /^\/mail\/(?!\.{1,2}\/)[\w.:-]{1,255}\/attachments\/[1-9]\d{0,2}$/;
/** @type {Record<string, string>} */ const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };
/** Marks that may be open inside each other; deeper ones are text. */
const DEEPEST = 12;

/** @param {string} text @param {boolean} growing whether more of it may come @returns {Inline[]} */
export function inline(text, growing) {
  return new Reader(growing ? text.replace(/(?<!\\)[*_~`]+$/, "") : text, growing).run();
}

class Reader {
  /** @param {string} text @param {boolean} growing */
  constructor(text, growing) {
    this.text = text;
    this.growing = growing;
    /** @type {Frame[]} */ this.frames = [{ mark: "", items: [], run: 0, closes: false }];
    this.at = 0;
    this.lastTarget = text.lastIndexOf("](");
    /** @type {Set<number>} lengths of rows of backticks that no other one of that length follows */ this.lonely = new Set();
  }

  get items() {
    return /** @type {Frame} */ (this.frames.at(-1)).items;
  }

  run() {
    MARK.lastIndex = 0;
    for (let found = MARK.exec(this.text); found; found = MARK.exec(this.text)) {
      put(this.items, this.text.slice(this.at, found.index));
      this.at = MARK.lastIndex;
      this.mark(found[0], found[1]);
      MARK.lastIndex = this.at;
    }
    put(this.items, this.text.slice(this.at));
    while (this.frames.length > 1) this.leave(this.growing);
    return this.items;
  }

  /** @param {string} mark @param {string} [escaped] */
  mark(mark, escaped) {
    if (escaped) put(this.items, escaped);
    else if (mark.endsWith("\n")) this.items.push({ tag: "br", children: [] });
    else if (mark[0] === "`") this.code(mark);
    else if (mark[0] === "<") this.address(mark.slice(1, -1));
    else if (mark[0] === "&") put(this.items, entity(mark));
    else if (mark === "[" && this.at <= this.lastTarget) this.enter(mark);
    else if (mark === "[") put(this.items, mark);
    else if (mark === "]") this.link();
    else if (mark[0] === "~" && mark.length > 2) put(this.items, mark);
    else this.emphasis(mark);
  }

  /** @param {string} mark @param {number} [run] @param {boolean} [closes] */
  enter(mark, run = 1, closes = false) {
    if (this.frames.length > DEEPEST) put(this.items, mark);
    else this.frames.push({ mark, items: [], run, closes });
  }

  /** Close the innermost frame: as what it marks, or as text that has its mark before it. @param {boolean} marked */
  leave(marked) {
    const { mark, items } = /** @type {Frame} */ (this.frames.pop());
    const tag = mark === "~~" ? "s" : mark.length === 2 ? "strong" : "em";
    if (marked && mark !== "[") return items.length ? void this.items.push({ tag, children: items }) : undefined;
    put(this.items, mark);
    for (const item of items) typeof item === "string" ? put(this.items, item) : this.items.push(item);
  }

  /** @param {string} mark */
  emphasis(mark) {
    const [opens, closes] = flanks(mark, this.text[this.at - mark.length - 1], this.text[this.at]);
    let left = mark.length;
    while (left && closes) {
      const place = this.frames.findLastIndex((frame) => frame.mark === "[" || (frame.mark[0] === mark[0] && matches(frame, mark.length, opens)));
      const frame = this.frames[place];
      if (!frame || frame.mark === "[") break;
      while (this.frames.length > place + 1) this.leave(false);
      if (frame.mark.length > left) {
        put(/** @type {Frame} */ (this.frames[place - 1]).items, mark[0] ?? "");
        frame.mark = frame.mark.slice(1);
      }
      left -= frame.mark.length;
      this.leave(true);
    }
    if (!opens) return put(this.items, mark.slice(0, left));
    if (left % 2) this.enter(mark.slice(0, 1), mark.length, closes);
    for (let pairs = left >> 1; pairs; pairs -= 1) this.enter(mark.slice(0, 2), mark.length, closes);
  }

  /** @param {string} row of backticks */
  code(row) {
    const end = this.lonely.has(row.length) ? -1 : closing(this.text, row, this.at);
    if (end < 0) {
      this.lonely.add(row.length);
      if (!this.growing) return put(this.items, row);
    }
    const inside = this.text.slice(this.at, end < 0 ? undefined : end).replaceAll("\n", " ");
    const padded = inside.startsWith(" ") && inside.endsWith(" ") && inside.trim();
    this.items.push({ tag: "code", children: [padded ? inside.slice(1, -1) : inside] });
    this.at = end < 0 ? this.text.length : end + row.length;
  }

  /** @param {string} text an address that stands for itself */
  address(text) {
    this.items.push({ tag: "a", href: LINK.test(text) ? text : `mailto:${text}`, text });
  }

  /** A closing bracket: the end of a link's words when an address that may be linked stands behind it. */
  link() {
    const place = this.frames.findLastIndex((frame) => frame.mark === "[");
    if (place < 0) return put(this.items, "]");
    while (this.frames.length > place + 1) this.leave(false);
    TARGET.lastIndex = this.at;
    const found = TARGET.exec(this.text);
    const href = found?.[1] ?? found?.[2] ?? "";
    const coming = this.growing && !found && /^\([^\s)]*$/.test(this.text.slice(this.at));
    if (!coming && !LINK.test(href) && !FILE.test(href)) {
      this.leave(false);
      return put(this.items, "]");
    }
    const { items } = /** @type {Frame} */ (this.frames.pop());
    if (coming) for (const item of items) typeof item === "string" ? put(this.items, item) : this.items.push(item);
    else this.items.push({ tag: "a", href, text: items.map(words).join("") });
    this.at = found ? TARGET.lastIndex : this.text.length;
  }
}

/** Add text, to the text that is there. @param {Inline[]} items @param {string} text */
function put(items, text) {
  const last = items.at(-1);
  if (typeof last === "string") items[items.length - 1] = last + text;
  else if (text) items.push(text);
}

/** @param {Inline} item @returns {string} */
function words(item) {
  if (typeof item === "string") return item;
  return item.tag === "a" ? item.text : item.tag === "br" ? "\n" : item.children.map(words).join("");
}

/** Where the next row of backticks of the same length begins, or -1. @param {string} text @param {string} row @param {number} from */
function closing(text, row, from) {
  const rows = /`+/g;
  rows.lastIndex = from;
  for (let found = rows.exec(text); found; found = rows.exec(text)) if (found[0].length === row.length) return found.index;
  return -1;
}

/** Whether emphasis may begin and may end with this mark (CommonMark 0.31, 6.2). @param {string} mark @param {string} [before] @param {string} [behind] @returns {[boolean, boolean]} */
function flanks(mark, before = " ", behind = " ") {
  const sign = /[\p{P}\p{S}]/u;
  const left = !/\s/.test(behind) && (!sign.test(behind) || /\s/.test(before) || sign.test(before));
  const right = !/\s/.test(before) && (!sign.test(before) || /\s/.test(behind) || sign.test(behind));
  if (mark[0] !== "_") return [left, right];
  return [left && (!right || sign.test(before)), right && (!left || sign.test(behind))];
}

/** Whether a row of marks closes this frame: those that can do both only where their lengths tell which (CommonMark 0.31, 6.2, rule 9). @param {Frame} frame @param {number} run @param {boolean} opens */
function matches(frame, run, opens) {
  return !(opens || frame.closes) || (frame.run + run) % 3 > 0 || run % 3 === 0;
}

/** @param {string} mark */
function entity(mark) {
  const name = mark.slice(1, -1).toLowerCase();
  if (name[0] !== "#") return NAMED[name] ?? mark;
  const code = name[1] === "x" ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
  return code && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : "\ufffd";
}
