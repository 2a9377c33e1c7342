/** One thread as the page knows it: its messages, the turn under way, and what the user can do. No DOM in here. */

import * as api from "./api.js";
import { emit, on } from "./bus.js";
import * as connection from "./connection.js";
import { now, timezone } from "./i18n.js";
import * as plans from "./plans.js";
import { announceMessage, session } from "./session.js";
import { followTurn, resume } from "./stream.js";

/** @import {Message, Plan, Read, StreamEvent, ThreadDetail, Usage} from "./types.js" */

/** @typedef {{text: string, html: string|null, reads: Read[], phase: string}} Live */
/** @typedef {{plan_id: string, digest?: string}} Seen what its writer saw waiting, which alone a plain yes decides: no id, nothing */
/** @typedef {{text: string, key: string, waits: string|null, seen: Seen, unfinished?: boolean}} Said a message, its Idempotency-Key (sent again under it, it is not said twice), and the plans that waited in the thread when it was said, if it cannot have arrived; unfinished: an edit or a choice was begun on what waits */

/** Whether the server offers streaming; found out by the first message. */
let streaming = true;
let serial = 0;
/** Tabs that may follow what was begun in others as it happens; the rest of them see its end. */
const LOOKING_ON = 3;
/** Where a tab keeps what could not be sent, behind it the thread's id. */
const UNSENT = "unsent:";

/** @type {Map<string, Conversation>} */ const open = new Map();

on("said", ({ id, text }) => {
  void open.get(id)?.load(text).catch(() => {});
  emit("threads", undefined);
});

/** The conversation with this id, made when it is not there yet. @param {string} id */
export function conversation(id) {
  let found = open.get(id);
  if (!found) open.set(id, (found = new Conversation(id)));
  return found;
}

/** What threads are called by now, told by the list of them. @param {{id: string, title: string}[]} threads */
export function entitle(threads) {
  for (const { id, title } of threads) {
    const known = open.get(id);
    if (!known || known.title === title) continue;
    known.title = title;
    known.changed();
  }
}

/** Eighty random bits. (`crypto.randomUUID` is for secure contexts only, and a home server may be without TLS.) */
function random() {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** An id for a thread that the server has not seen. */
export function newThreadId() {
  return `thread_${random()}`;
}

/**
 * Hold a connection for as long as `work` takes, unless other tabs hold enough: browsers have six to a server, for all their tabs,
 * and Stop and Cancel must find one. @param {() => Promise<void>} work
 */
async function lookOn(work) {
  if (!navigator.locks) return work(); // over plain http, but for localhost
  const tryPlace = (/** @type {number} */ place) => navigator.locks.request(`look-on-${place}`, { ifAvailable: true }, async (lock) => lock && (await work(), true));
  for (let place = 0; place < LOOKING_ON; place += 1) if (await tryPlace(place)) return;
}

/** Whether what kept a request from being served passes: a cut line, a limit, the end of a session. @param {unknown} error @returns {error is Error} */
function passes(error) {
  return error instanceof api.NetworkError || (error instanceof api.ApiError && (error.passes || error.status === 401));
}

/** Send what this tab could not send before it was loaded anew, as by a sign-in that leads elsewhere and back. */
export function sendUnsent() {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(UNSENT)) void conversation(name.slice(UNSENT.length)).load().catch(() => {});
}

export class Conversation extends EventTarget {
  /** @param {string} id */
  constructor(id) {
    super();
    this.id = id;
    this.title = "";
    /** @type {Message[]} the last ones, as far back as they were asked for */ this.messages = [];
    /** @type {string|null} where the messages before these are */ this.before = null;
    /** @type {Live|null} what is being answered right now */ this.live = null;
    /** @type {Said & {error: Error, held?: boolean}|null} a message that got no answer; held: what waits is not any more what its writer saw */ this.failed = null;
    /** @type {Usage|null} what it has cost */ this.usage = null;
    this.loaded = false;
    this.missing = false;
    /** @type {AbortController|null} */ this.turn = null;
    /** Settles when the turn under way is over. */ this.over = Promise.resolve();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** Where this tab keeps what it said, until it is answered. */
  get saying() {
    return `said:${this.id}`;
  }

  /** Read the thread from the server, and follow the turn that it may be in. @param {string|null} [said] what is being answered */
  async load(said = sessionStorage.getItem(this.saying)) {
    if (this.turn) return;
    try {
      const detail = await api.thread(this.id);
      if (this.turn) return; // it began meanwhile, and knows better
      this.keep(detail);
      this.missing = false;
      this.loaded = true;
      if (!detail.busy) sessionStorage.removeItem(this.saying);
      else if (said) this.add("user", said, null);
      this.restore();
      if (detail.busy) void this.join();
    } catch (error) {
      if (!(error instanceof api.ApiError) || error.status !== 404) throw error;
      this.restore();
      this.missing = !this.turn && !this.failed;
      this.loaded = true;
    } finally {
      this.changed();
    }
  }

  /** Take over the end of the thread as the server has it, behind what was loaded of its beginning. @param {ThreadDetail} detail */
  keep(detail) {
    detail.plans.forEach((plan) => plans.put({ ...plan, thread_id: this.id }));
    this.title = detail.title;
    this.usage = detail.usage ?? null;
    const known = this.messages.findIndex((message) => message.id === detail.messages[0]?.id);
    this.messages = this.recognised([...this.messages.slice(0, Math.max(known, 0)), ...detail.messages]);
    if (known < 0) this.before = detail.next_cursor ?? null;
  }

  /** Read the messages before those that are here. */
  async earlier() {
    const { before } = this;
    if (!before) return;
    const detail = await api.thread(this.id, before);
    if (this.before !== before) return; // the thread was read anew meanwhile
    detail.plans.forEach((plan) => plans.put({ ...plan, thread_id: this.id }));
    this.messages = [...detail.messages, ...this.messages];
    this.before = detail.next_cursor ?? null;
  }

  /** Follow a turn that began before this page did. */
  async join() {
    await this.during("respond", async (signal) => {
      await lookOn(async () => {
        const response = await resume(this.id, "0", signal);
        if (response) await followTurn(response, this.id, (event) => this.take(event), signal);
      });
      await this.untilIdle(signal); // what was said before this page came is in the thread only
    });
  }

  /** Say something. @param {string} text @param {{key?: string, seen?: Seen, unfinished?: boolean}} [options] unfinished: it decides nothing, since on the page what waits is being changed */
  async send(text, { key = random(), seen = this.sees(), unfinished = false } = {}) {
    while (this.turn) await this.over;
    this.failed = null;
    this.loaded = true;
    this.missing = false;
    this.title ||= text.length > 60 ? `${text.slice(0, 60).replace(/\s+\S*$/, "")}…` : text;
    this.add("user", text, null);
    sessionStorage.setItem(this.saying, text);
    const said = { text, key, waits: this.waits(), seen: unfinished ? { plan_id: "" } : seen, unfinished };
    await this.during("plan", (signal) => this.ask(said, signal), said);
    sessionStorage.removeItem(this.saying);
    this.settled();
    emit("threads", undefined);
  }

  /** @param {Said} said @param {AbortSignal} signal */
  async ask({ text, key, seen }, signal) {
    const headers = { "Idempotency-Key": key };
    const before = plans.pending().filter((plan) => plan.thread_id === this.id);
    const body = { user_message: text, thread_id: this.id, timezone: timezone(), ...seen };
    if (streaming) {
      try {
        const response = await api.send("/chat/stream", { method: "POST", body, accept: "text/event-stream", signal, headers });
        if (!(await followTurn(response, this.id, (event) => this.take(event), signal)) && !signal.aborted) await this.untilIdle(signal);
        return this.look(before);
      } catch (error) {
        if (!(error instanceof api.ApiError) || ![404, 405, 501].includes(error.status)) throw error;
        streaming = false;
      }
    }
    const reply = await api.chat(body, signal, headers);
    if (reply.decision) await this.untilIdle(signal); // the card shows what became of the plan, the thread has what was said of it
    else this.finish(reply.response, reply.response_html ?? null, reply.actions, reply.plan);
    return this.look(before);
  }

  /** Plans that waited before a turn and may have been decided or replaced by it. @param {Plan[]} before */
  async look(before) {
    const waiting = new Set(plans.pending().map((plan) => plan.id));
    await Promise.all(before.map((plan) => plans.settle(plan.id)));
    if (before.some((plan) => waiting.has(plan.id) && plans.get(plan.id)?.status !== "pending")) emit("workspace", undefined);
  }

  /**
   * Hold the turn while `work` goes on; a failure leaves what was said to be sent again.
   * @param {string} phase @param {(signal: AbortSignal) => Promise<unknown>} work @param {Said} [said]
   */
  async during(phase, work, said) {
    const turn = (this.turn = new AbortController());
    let end = () => {};
    this.over = new Promise((resolve) => (end = () => resolve(undefined)));
    this.live = { text: "", html: null, reads: [], phase };
    this.changed();
    try {
      await work(turn.signal);
      void this.recount().catch(() => {});
    } catch (error) {
      if (error instanceof api.ApiError && error.details.plan) plans.put({ ...error.details.plan, thread_id: this.id });
      if (error instanceof api.ApiError && error.status === 409) void plans.refreshPending().catch(() => {});
      if (said && passes(error)) void this.recover({ ...said, waits: error instanceof api.ApiError ? said.waits : null }, error);
      else if (!turn.signal.aborted) this.failed = { text: "", key: "", waits: "", seen: { plan_id: "" }, ...said, error: /** @type {Error} */ (error) };
    } finally {
      if (this.turn === turn) this.turn = null;
      this.live = null;
      end();
      this.changed();
    }
  }

  /** Ask what the conversation has cost by now, which no stream tells. */
  async recount() {
    if (session()?.model?.offline) return;
    this.usage = (await api.usage(this.id)).usage ?? null;
    this.changed();
  }

  /**
   * A message was not served, or its answer was lost: send it again when the server takes requests. One that cannot have arrived may
   * be a yes, and is not sent when other plans wait in the thread by then. @param {Said} said @param {Error} error
   */
  async recover(said, error) {
    this.failed = { ...said, error };
    sessionStorage.setItem(UNSENT + this.id, JSON.stringify(said));
    this.changed();
    await connection.ready();
    await plans.refreshPending().catch(() => {});
    while (this.turn) await this.over;
    if (this.failed?.error !== error) return;
    this.failed.held = said.waits !== null && said.waits !== this.waits();
    if (this.failed.held) this.changed();
    else await this.retry(said.seen);
  }

  /** What could not be sent before this page was loaded. What was refused for longer waits for a click. */
  restore() {
    const kept = sessionStorage.getItem(UNSENT + this.id);
    if (!kept || this.failed || this.turn) return;
    const { refusal, until, ...said } = JSON.parse(kept);
    if (!refusal) return void this.recover(said, new api.NetworkError("not sent yet"));
    this.add("user", said.text, null);
    this.failed = { ...said, error: new api.ApiError(429, { error: refusal }, Math.max(0, (until - Date.now()) / 1000)) };
  }

  /** A message was served, or refused: for good, or for longer. */
  settled() {
    const { error, ...said } = this.failed ?? {};
    const lasts = error instanceof api.ApiError && error.status === 429 && !error.passes;
    if (lasts) sessionStorage.setItem(UNSENT + this.id, JSON.stringify({ ...said, refusal: error.code, until: Date.now() + error.retryAfter * 1000 }));
    else if (!passes(error)) sessionStorage.removeItem(UNSENT + this.id);
  }

  /** The plans that wait in this thread. */
  waits() {
    return plans.pending().filter((plan) => plan.thread_id === this.id).map((plan) => plan.id).join(" ");
  }

  /** What waits in this thread, as the page shows it. @returns {Seen} */
  sees() {
    const plan = plans.pending().find((one) => one.thread_id === this.id);
    return plan?.digest ? { plan_id: plan.id, digest: plan.digest } : { plan_id: plan?.id ?? "" };
  }

  /** Send the message again that got no answer. @param {Seen} [seen] what its writer saw, when nobody looks by now */
  async retry(seen) {
    const { text, key } = this.failed ?? {};
    if (!text) return;
    await this.again(text, { key, seen });
    const error = /** @type {Error|undefined} */ (this.failed?.error);
    if (error instanceof api.ApiError && error.code === "thread_busy") {
      await this.load().catch(() => {}); // it did arrive, or another one did: follow that
      while (this.turn) await this.over;
      await this.again(text, { key, seen });
    }
    if (!this.failed) await this.load().catch(() => {});
  }

  /** @param {string} text @param {{key?: string, seen?: Seen}} options */
  async again(text, options) {
    const last = this.messages.at(-1);
    if (last?.role === "user" && last.content === text && last.id.startsWith("local")) this.messages.pop();
    await this.send(text, options);
  }

  /** Take a message back to write it anew. @returns {string} its text */
  withdraw() {
    const text = this.failed?.text ?? "";
    const last = this.messages.at(-1);
    if (last?.id.startsWith("local") && last.role === "user") this.messages.pop();
    this.failed = null;
    sessionStorage.removeItem(UNSENT + this.id);
    this.changed();
    return text;
  }

  /** One event of the stream. @param {StreamEvent} event */
  take(event) {
    const { event_type: type, data } = event;
    if (type === "complete" || type === "confirmation_required") return this.ended(type, data);
    if (type === "error") throw new api.ApiError(0, { error: data.error, message: data.message }, 0);
    if (type === "connected") return this.begun();
    if (!this.live) return;
    if (type === "token") {
      this.live.text += data.token;
      return void this.dispatchEvent(new Event("grow")); // not a change like others: many come in a second
    }
    if (type === "node_start") this.live.phase = data.node;
    else if (type === "action_start") this.started(data);
    else if (type === "action_held") plans.putAction(data.id, { status: "held", runs_at: data.runs_at });
    else if (type === "action_end") this.endedAction(data);
    this.changed();
  }

  /** The server has begun to answer: by now the other tabs can follow it. */
  begun() {
    const said = sessionStorage.getItem(this.saying);
    if (said) announceMessage(this.id, said);
  }

  /** @param {Record<string, any>} data */
  started(data) {
    if (this.isOfPlan(data.id)) plans.putAction(data.id, { status: "running", started_at: now().toISOString() });
    else this.live?.reads.push({ id: data.id, tool: data.tool, preview: data.preview, success: true });
  }

  /** @param {Record<string, any>} data */
  endedAction(data) {
    if (this.isOfPlan(data.id)) {
      const status = data.status ?? (data.success ? "succeeded" : "failed");
      plans.putAction(data.id, { status, result: data.result, error: data.error, receipt: data.receipt });
      emit("workspace", undefined);
      return;
    }
    const read = this.live?.reads.find((item) => item.id === data.id);
    if (read) Object.assign(read, { success: data.success, error: data.error });
  }

  /** @param {string} actionId */
  isOfPlan(actionId) {
    return plans.ofThread(this.id).some((plan) => plan.actions.some((action) => action.id === actionId));
  }

  /** @param {string} type @param {Record<string, any>} data */
  ended(type, data) {
    const plan = data.plan ?? null;
    const proposed = type === "confirmation_required";
    if (data.decision === "confirmed") {
      const { text: words = "", reads = [] } = this.live ?? {}; // a model's, about what was done
      if (words) return this.finish(words, null, reads, plan, proposed);
      const ran = plans.ofThread(this.id).find(({ actions }) => actions.some(({ id }) => id in (data.results ?? {})));
      return this.finish(data.response, data.response_html ?? null, reads, plan, proposed, ran?.id);
    }
    const text = data.response ?? (this.live?.text || (proposed ? "" : null)) ?? "";
    this.finish(text, data.response_html ?? null, data.actions ?? this.live?.reads ?? [], plan, proposed);
  }

  /**
   * The turn's answer is complete.
   * @param {string} text @param {string|null} html @param {Read[]} reads @param {Plan|null} plan @param {boolean} [proposed]
   * @param {string|null} [ran] the plan whose receipts the text is
   */
  finish(text, html, reads, plan, proposed = true, ran = null) {
    const isNew = plan && proposed && !plans.get(plan.id);
    if (plan) plans.put({ ...plan, thread_id: this.id });
    this.live = null;
    if (text || reads.length || isNew) this.add("assistant", text, html, reads, isNew ? plan.id : ran, ran && !isNew ? "outcome" : "chat");
    this.changed();
  }

  /** @param {"user"|"assistant"} role @param {string} content @param {string|null} html @param {Read[]} [actions] @param {string|null} [planId] @param {"chat"|"outcome"} [kind] */
  add(role, content, html, actions = [], planId = null, kind = "chat") {
    serial += 1;
    const created = now().toISOString();
    this.messages.push({ id: `local-${serial}`, key: `local-${serial}`, role, content, content_html: html, created_at: created, kind, actions, plan_id: planId });
  }

  /** The server's messages, each under the key of the one that the page had made of it, so that it stays where it is shown. @param {Message[]} messages */
  recognised(messages) {
    const made = this.messages.filter((message) => message.key);
    for (const message of messages.toReversed()) {
      const place = made.findLastIndex((one) => one.role === message.role && one.content === message.content);
      if (place < 0) continue;
      message.key = made[place]?.key;
      made.length = place;
    }
    return messages;
  }

  /** Wait for the end of a turn that cannot be streamed. @param {AbortSignal} signal */
  async untilIdle(signal) {
    for (let wait = 700; !signal.aborted; wait = Math.min(wait * 1.5, 4000)) {
      await connection.ready(signal);
      const detail = await api.thread(this.id).catch((error) => {
        if (error instanceof api.ApiError && error.status === 404) throw error;
        return null;
      });
      if (detail) {
        this.keep(detail);
        if (!detail.busy) return;
      }
      await api.pause(wait);
    }
  }

  /** Stop what is being answered, or in a confirmed plan what has not started. */
  async stop() {
    try {
      await api.stop(this.id);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      if (error.code !== "nothing_running" && error.status !== 404 && error.status !== 405) throw error;
      this.turn?.abort();
      await this.over;
      if (error.code === "nothing_running") await this.load(); // it ended meanwhile: what was shown of it is in the thread
    }
  }
}
