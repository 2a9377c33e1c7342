/** Whether the server can be reached. When it cannot, ask again on our own until it answers, then say so. */

import { emit } from "./bus.js";

/** @typedef {"ok"|"offline"|"unreachable"|"limited"} ConnectionState */

/** @type {ConnectionState} */ let state = "ok";
/** @type {ReturnType<typeof setTimeout>|undefined} */ let timer;
let attempt = 0;
/** @type {(() => void)[]} */ let waiting = [];
/** Whether requests wait for somebody to sign in. */ let shut = false;
/** @type {(reason: string) => void} */ let onSignedOut = () => {};

/** @param {ConnectionState} next @param {number} [seconds] */
function become(next, seconds) {
  if (next === state && seconds === undefined) return;
  state = next;
  emit("connection", { state, seconds });
}

/** A request got no answer. */
export function lost() {
  become(navigator.onLine ? "unreachable" : "offline");
  if (timer === undefined) schedule();
}

/** A request was answered. */
export function answered() {
  if (state === "ok" || state === "limited") return;
  recover();
}

/** The server asked for a pause of `seconds`. @param {number} seconds */
export function limited(seconds) {
  become("limited", seconds);
  clearTimeout(timer);
  timer = setTimeout(recover, seconds * 1000);
}

/** The session is not valid any more: what must not be lost waits for the next one. @param {string} reason */
export function signedOut(reason) {
  shut = true;
  onSignedOut(reason);
}

/** Somebody is signed in. */
export function signedIn() {
  if (!shut) return;
  shut = false;
  if (state === "ok") release();
}

/** @param {(reason: string) => void} listener */
export function whenSignedOut(listener) {
  onSignedOut = listener;
}

/** Resolves as soon as requests make sense (again). @param {AbortSignal} [signal] @returns {Promise<void>} */
export function ready(signal) {
  if (state === "ok" && !shut) return Promise.resolve();
  return new Promise((resolve) => {
    waiting.push(resolve);
    signal?.addEventListener("abort", () => resolve());
  });
}

/** Ask now instead of later. */
export function retryNow() {
  if (state === "offline" || state === "unreachable") void probe();
}

function schedule() {
  const seconds = Math.min(15, 2 ** attempt);
  attempt += 1;
  timer = setTimeout(probe, seconds * 1000);
}

async function probe() {
  clearTimeout(timer);
  timer = undefined;
  try {
    const answer = await fetch("/health", { cache: "no-store" });
    if (answer.ok) return recover();
  } catch {
    become(navigator.onLine ? "unreachable" : "offline");
  }
  return schedule();
}

function recover() {
  clearTimeout(timer);
  timer = undefined;
  attempt = 0;
  become("ok");
  if (!shut) release();
}

function release() {
  const resolvers = waiting;
  waiting = [];
  for (const resolve of resolvers) resolve();
  emit("reconnected", undefined);
}

addEventListener("online", retryNow);
addEventListener("offline", lost);
document.addEventListener("visibilitychange", () => document.hidden || retryNow());
