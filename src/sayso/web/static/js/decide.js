/** Confirm, cancel and edit a plan. Whatever happens on the way, in the end the page asks the server how the plan stands. */

import * as api from "./api.js";
import { emit } from "./bus.js";
import * as connection from "./connection.js";
import { conversation } from "./conversation.js";
import * as plans from "./plans.js";
import { followTurn } from "./stream.js";

/** @import {Conversation} from "./conversation.js" */
/** @import {ConfirmReply, Plan} from "./types.js" */

/**
 * @typedef {"elsewhere"|"lost"|null} Note  what the card should add: decided by someone else; the decision never arrived
 */

/** Plans that this tab itself decided. @type {Set<string>} */
export const mine = new Set();

/**
 * Confirm `plan`; only the actions in `ids`, when given.
 * @param {Plan} plan @param {string[]|null} ids @param {string} words @returns {Promise<Note>}
 */
export async function confirm(plan, ids, words) {
  const thread = conversation(plan.thread_id);
  const body = {
    thread_id: plan.thread_id,
    plan_id: plan.id,
    ...(ids ? { action_ids: ids } : {}),
    ...(words ? { confirmation: words } : {}),
  };
  return truthfully(plan, async () => {
    const watching = new AbortController();
    try {
      await thread.during("execute", (signal) => run(thread, plan, body, signal, watching.signal));
    } finally {
      watching.abort();
    }
    const failure = thread.failed?.error;
    if (thread.failed && !thread.failed.text) thread.failed = null;
    if (failure) throw failure;
  });
}

/**
 * @param {Conversation} thread @param {Plan} plan @param {object} body
 * @param {AbortSignal} signal @param {AbortSignal} over
 */
async function run(thread, plan, body, signal, over) {
  const running = setTimeout(() => void watchRun(plan.id, over), 700);
  try {
    const response = await api.send("/chat/confirm", { method: "POST", body, accept: "text/event-stream, application/json", signal });
    mine.add(plan.id);
    if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      if (!(await followTurn(response, plan.thread_id, (event) => thread.take(event), signal))) await thread.untilIdle(signal);
      return;
    }
    /** @type {ConfirmReply} */
    const reply = await response.json();
    if (reply.status !== "running") await plans.refetch(plan.id);
    await thread.untilIdle(signal); // the card shows what became of the plan, the thread has what was said of it
  } finally {
    clearTimeout(running);
  }
}

/** While a plan runs, see how far it is. @param {string} id @param {AbortSignal} over */
async function watchRun(id, over) {
  while (!over.aborted) {
    const plan = await plans.refetch(id).catch(() => null);
    if (plan && !["pending", "confirmed"].includes(plan.status)) return;
    await api.pause(1200);
  }
}

/** Cancel `plan`. @param {Plan} plan @param {string} reason @returns {Promise<Note>} */
export async function cancel(plan, reason) {
  return truthfully(plan, async () => {
    await api.cancel({ thread_id: plan.thread_id, plan_id: plan.id, ...(reason ? { reason } : {}) });
    mine.add(plan.id);
  });
}

/**
 * Do `work`, then show how the plan really stands. A conflict is no error: it is news. After a cut line, or when the session has
 * ended, the decision is not repeated: once there is a line and a session again, the card is shown as it stands.
 * @param {Plan} plan @param {() => Promise<void>} work @returns {Promise<Note>}
 */
async function truthfully(plan, work) {
  /** @type {Note} */
  let note = null;
  try {
    await work();
  } catch (error) {
    if (error instanceof api.NetworkError || (error instanceof api.ApiError && error.status === 401)) note = "lost";
    else if (error instanceof api.ApiError && error.code !== "thread_busy" && [404, 409].includes(error.status)) note = "elsewhere";
    else throw error;
    await connection.ready();
  }
  await plans.settle(plan.id);
  if (note) await plans.refreshPending().catch(() => {});
  const status = plans.get(plan.id)?.status;
  if (status === "confirmed") void followRun(plan);
  plans.tellTabs(plan.id);
  emit("workspace", undefined);
  emit("threads", undefined);
  if (note === "lost") return status === "pending" ? "lost" : null;
  return note === "elsewhere" && !mine.has(plan.id) ? "elsewhere" : null;
}

/** A plan runs that this tab does not stream: see it through. @param {Plan} plan */
export async function followRun(plan) {
  const over = new AbortController();
  await watchRun(plan.id, over.signal);
  emit("workspace", undefined);
  await conversation(plan.thread_id).load().catch(() => {});
}

/**
 * Change arguments of waiting actions; the new plan takes the old one's place. It is the old one if nothing changed.
 * @param {Plan} plan @param {Record<string, Record<string, unknown>>} edits @returns {Promise<Plan>}
 */
export async function edit(plan, edits) {
  const next = await api.editPlan(plan.id, { edits });
  plans.put(next);
  plans.tellTabs(plan.id);
  return next;
}
