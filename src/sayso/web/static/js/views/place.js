/** Where one is in the conversation: at its end, which is kept in sight, or at words further up, which stay where they are. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

/** So near the end, in pixels, a scroll down has come to it; and so far from it there is something to jump to. */
const NEAR = 24;
const FAR = 80;
/** What holds words that wrap together: it is kept in its place while what is around it gets another height. */
const WORDS = ".messages :is(p, h3, tr, pre)";

export class Place {
  /** @param {HTMLElement} scroller @param {HTMLElement} list the messages in it */
  constructor(scroller, list) {
    this.scroller = scroller;
    this.list = list;
    /** Whether the end is kept in sight while the conversation grows: until the user scrolls away from it. */ this.following = true;
    /** Where the view was put last, by us or by the user. */ this.placed = 0;
    /** @type {{card: Element, at: number}|null} a plan taller than the view, whose beginning was shown, and where that is */ this.led = null;
    /** @type {{element: Element, offset: number}[]} what is read at the top of the view, and what that stands in, with how far from the top they begin */ this.held = [];
    this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.jumpToEnd() }, icon("send"), t("thread.jump"));
  }

  /** The view is shown again, in which a scroller begins at its top. */
  restore() {
    this.scroller.scrollTop = this.placed;
  }

  /** How much of the conversation lies below the view. */
  below() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Whether the browser moved the view, since what is in it ends above where the view was; a move up by anybody leaves the end. */
  shortened() {
    const { scrollHeight, clientHeight } = this.scroller;
    return this.placed >= scrollHeight - clientHeight + 1 && this.below() < 2;
  }

  /** The view moved. Any move up leaves the end. */
  scrolled() {
    if (this.shortened()) return this.laidOut();
    const { scrollTop } = this.scroller;
    if (Math.abs(scrollTop - this.placed) >= 1) this.following = scrollTop > this.placed && this.below() < NEAR;
    this.placed = scrollTop;
    this.hold();
    this.drawJump();
  }

  /** The conversation or the view has another size: what is followed is followed, what is read stays where it is. */
  laidOut() {
    const { scroller } = this;
    if (!scroller.clientHeight) return; // another view is shown
    if (Math.abs(scroller.scrollTop - this.placed) >= 1 && !this.shortened()) this.scrolled(); // and has not been told of it yet
    if (this.following) this.toEnd();
    else {
      const held = this.held.find(({ element }) => element.isConnected);
      if (held) scroller.scrollTop += offsetIn(scroller, held.element) - held.offset;
      this.following = this.below() < 2;
    }
    this.placed = scroller.scrollTop;
    this.drawJump();
  }

  /** Remember what stands at the top of the view: the first words that begin there, else what reaches into it. */
  hold() {
    const { left, top, width, height } = this.scroller.getBoundingClientRect();
    this.held = [];
    for (let y = 1; y < height; y += 20) {
      const hit = document.elementFromPoint(left + width / 2, top + y);
      const words = hit?.closest(WORDS) ?? hit?.closest(".messages > *");
      if (!words || !this.list.contains(words)) continue;
      const begins = words.matches(WORDS) && offsetIn(this.scroller, words) >= 0;
      if (begins || !this.held.length) this.held = this.within(words);
      if (begins) return;
    }
  }

  /** An element of the list and those that it stands in, and where they begin. @param {Element} inner */
  within(inner) {
    const found = [];
    for (let element = inner; element !== this.list; element = /** @type {Element} */ (element.parentElement)) found.push({ element, offset: offsetIn(this.scroller, element) });
    return found;
  }

  drawJump() {
    this.jump.hidden = this.following || this.below() < FAR;
  }

  jumpToEnd() {
    if (document.activeElement === this.jump) this.scroller.focus({ preventScroll: true }); // the button goes
    this.follow();
  }

  /** From now on the end is kept in sight. */
  follow() {
    this.following = true;
    this.led = null;
    this.placed = this.scroller.scrollTop;
    this.laidOut();
  }

  /** To the end; when the plan that waits there is taller than the view, once to its beginning: it is read before it is decided. */
  toEnd() {
    const { scroller, led } = this;
    const last = this.list.lastElementChild;
    if (led && led.card === last && last.matches(".is-pending") && Math.abs(scroller.scrollTop - led.at) >= 1) return;
    scroller.scrollTop = scroller.scrollHeight;
    const hidden = last?.matches(".is-pending") ? -offsetIn(scroller, last) : 0;
    if (hidden > 0) scroller.scrollTop -= hidden + 12;
    this.led = last && hidden > 0 ? { card: last, at: scroller.scrollTop } : null;
  }
}

/** How far below the top of the view it begins. @param {Element} scroller @param {Element} element */
function offsetIn(scroller, element) {
  return element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
}
