/** Who hears of what. Topics and what comes with them are listed here, so that a reader finds both ends. */

/** @import {ConnectionState} from "./connection.js" */
/** @import {Plan, Session} from "./types.js" */

/**
 * @typedef {object} Topics
 * @property {Session|null} session  signed in, changed or signed out
 * @property {Plan} plan  a plan is new or has changed
 * @property {undefined} pending  what waits has changed
 * @property {{id: string, text: string}} said  another tab said something in this thread, which is being answered
 * @property {undefined} threads  the list of threads has changed
 * @property {{state: ConnectionState, seconds?: number}} connection
 * @property {undefined} reconnected  the server answers again
 * @property {undefined} workspace  an action has run: calendar, mail or tasks may look different
 * @property {{text: string, send: boolean}} compose  put this text into the composer, and send it
 */

const target = new EventTarget();

/**
 * @template {keyof Topics} K
 * @param {K} topic @param {(detail: Topics[K]) => void} listener @returns {() => void} to stop listening
 */
export function on(topic, listener) {
  const handler = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
  target.addEventListener(topic, handler);
  return () => target.removeEventListener(topic, handler);
}

/** @template {keyof Topics} K @param {K} topic @param {Topics[K]} detail */
export function emit(topic, detail) {
  target.dispatchEvent(new CustomEvent(topic, { detail }));
}
