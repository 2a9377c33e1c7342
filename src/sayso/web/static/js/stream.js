/** Server-sent events over fetch, which (unlike EventSource) can post the message and name where to go on. */

import { ApiError, NetworkError, pause, send } from "./api.js";
import * as connection from "./connection.js";

/** @import {StreamEvent} from "./types.js" */

const LAST = new Set(["confirmation_required", "complete", "error"]);
/** All that is left of a plan is held back: nobody waits for that, the conversation goes on. */
const HELD = "action_held";
/** The server says something at least every 15 s; silence for longer is a cut line. */
const SILENCE = 40_000;

/**
 * Read one turn from `response` to its end, and follow it over cut connections.
 * @param {Response} response an answer of type text/event-stream
 * @param {string} threadId
 * @param {(event: StreamEvent) => void} onEvent
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether the end was seen; if not, the turn is over and the thread tells how it went
 */
export async function followTurn(response, threadId, onEvent, signal) {
  let last = "0";
  /** @type {Response|null} */ let current = response;
  while (current && !signal.aborted) {
    for await (const { id, event } of read(current, signal)) {
      if (id) last = id;
      onEvent(event);
      if (LAST.has(event.event_type) || event.event_type === HELD) return true;
    }
    if (!signal.aborted) current = await resume(threadId, last, signal);
  }
  return false;
}

/**
 * The running turn of a thread, from behind event `after`; null when nothing runs.
 * @param {string} threadId @param {string} after @param {AbortSignal} signal @returns {Promise<Response|null>}
 */
export async function resume(threadId, after, signal) {
  for (let wait = 300; !signal.aborted; wait = Math.min(wait * 2, 8000)) {
    await connection.ready(signal);
    try {
      const path = `/chat/stream?thread_id=${encodeURIComponent(threadId)}`;
      const response = await send(path, { accept: "text/event-stream", signal, headers: { "Last-Event-ID": after } });
      return response.headers.get("Content-Type")?.startsWith("text/event-stream") ? response : null;
    } catch (error) {
      if (error instanceof ApiError && error.status !== 429 && error.status < 500) return null;
      if (!(error instanceof ApiError) && !(error instanceof NetworkError)) return null;
      await pause(wait);
    }
  }
  return null;
}

/**
 * The events of a response, until it ends or breaks.
 * @param {Response} response @param {AbortSignal} signal
 * @returns {AsyncGenerator<{id: string, event: StreamEvent}>}
 */
async function* read(response, signal) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  const giveUp = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", giveUp);
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await withSilence(reader.read(), giveUp);
      if (done) return;
      buffer += value.replace(/\r\n?/g, "\n");
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop() ?? "";
      for (const block of blocks) {
        const parsed = parse(block);
        if (parsed) yield parsed;
      }
    }
  } catch {
    if (!signal.aborted) connection.lost();
  } finally {
    signal.removeEventListener("abort", giveUp);
    giveUp();
  }
}

/** @template T @param {Promise<T>} promise @param {() => void} giveUp @returns {Promise<T>} */
async function withSilence(promise, giveUp) {
  const timer = setTimeout(giveUp, SILENCE);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} block @returns {{id: string, event: StreamEvent}|null} */
function parse(block) {
  let id = "";
  const data = [];
  for (const line of block.split("\n")) {
    const [, field, value = ""] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    if (field === "id") id = value;
    else if (field === "data") data.push(value);
  }
  return data.length ? { id, event: JSON.parse(data.join("\n")) } : null;
}
