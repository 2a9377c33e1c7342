/** Confirm, cancel and edit a plan. Whatever happens on the way, in the end the page asks the server how the plan stands. */

import * as api from "./api.js";
import { emit, on } from "./bus.js";
import * as connection from "./connection.js";
import { conversation } from "./conversation.js";
import { now } from "./i18n.js";
import * as plans from "./plans.js";
import { followTurn } from "./stream.js";

/** @import {Conversation} from "./conversation.js" */
/** @import {Action, ConfirmReply, Plan} from "./types.js" */

/**
 * @typedef {"elsewhere"|"lost"|"changed"|null} Note  what the card should add: decided by someone else; the decision never arrived; what it shows has changed
 */

/** How often one that is held for long is looked at. */
const LOOK_MS = 60_000;
/** Plans that are seen through. @type {Set<string>} */ const following = new Set();

/** Plans that this tab itself decided. @type {Set<string>} */
export const mine = new Set();

/** What the user looked at: a decision is about just this. @param {Plan} plan */
const seen = ({ thread_id: thread, id, digest }) => ({ thread_id: thread, plan_id: id, ...(digest ? { digest } : {}) });

/**
 * Confirm `plan`; only the actions in `ids`, when given.
 * @param {Plan} plan @param {string[]|null} ids @param {"skip"|"wait"} rest what becomes of the others @param {string} words @returns {Promise<Note>}
 */
export async function confirm(plan, ids, rest, words) {
  const thread = conversation(plan.thread_id);
  const body = {
    ...seen(plan),
    ...(ids ? { action_ids: ids, rest } : {}),
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
    if (failure) thread.changed();
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

/** While a plan runs, see how far it is; what is held back is looked at when it leaves. @param {string} id @param {AbortSignal} over */
async function watchRun(id, over) {
  while (!over.aborted) {
    const plan = await plans.refetch(id).catch(() => null);
    if (plan && !["pending", "confirmed"].includes(plan.status)) return;
    await api.pause(Math.max(1200, Math.min(heldFor(plan), LOOK_MS)));
  }
}

/** How long nothing of it runs, in milliseconds. @param {Plan|null|undefined} plan */
function heldFor(plan) {
  const open = plan?.actions.filter(({ status }) => ["waiting", "held", "running"].includes(status)) ?? [];
  if (!open.length || !open.every(({ status }) => status === "held")) return 0;
  return Math.min(...open.map(({ runs_at: at }) => Date.parse(at ?? ""))) - now().getTime();
}

/** Plans that were confirmed and wait for their time: their cards show it when it comes. */
export function watchHeld() {
  on("plan", (plan) => {
    if (plan.status !== "confirmed" || following.has(plan.id) || !plan.actions.some(({ status }) => status === "held")) return;
    void followRun(plan);
  });
}

/** Something was done about a plan: show it, here and in the other tabs, and what is said of it. @param {Plan} plan */
async function lookAgain(plan) {
  await plans.settle(plan.id);
  plans.tellTabs(plan.id);
  emit("workspace", undefined);
  await conversation(plan.thread_id).load().catch(() => {});
}

/** Stop what was confirmed and has not left. @param {Plan} plan */
export async function dontSend(plan) {
  try {
    await api.cancel({ thread_id: plan.thread_id, plan_id: plan.id });
  } catch (error) {
    if (!(error instanceof api.ApiError) || error.code !== "already_executed") throw error;
    await api.stop(plan.thread_id).catch((late) => {
      if (!(late instanceof api.ApiError) || late.code !== "nothing_running") throw late; // it has left: the card says so
    });
  } finally {
    await lookAgain(plan);
  }
}

/** Take back what an action did. Throws `not_undoable`. @param {Plan} plan @param {string} actionId */
export async function undo(plan, actionId) {
  try {
    await api.undo(plan.id, actionId);
  } finally {
    await lookAgain(plan);
  }
}

/** Cancel `plan`. @param {Plan} plan @param {string} reason @returns {Promise<Note>} */
export async function cancel(plan, reason) {
  return truthfully(plan, async () => {
    await api.cancel({ thread_id: plan.thread_id, plan_id: plan.id, ...(reason ? { reason } : {}) }); // a no is never out of date
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
    else if (error instanceof api.ApiError && error.code === "plan_changed") {
      note = "changed";
      if (error.details.plan) plans.put({ ...error.details.plan, thread_id: plan.thread_id });
    } else if (error instanceof api.ApiError && error.code !== "thread_busy" && [404, 409].includes(error.status)) note = "elsewhere";
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
  if (note === "changed") return status === "pending" ? note : null;
  if (note === "lost") return status === "pending" ? "lost" : null;
  return note === "elsewhere" && !mine.has(plan.id) ? "elsewhere" : null;
}

/** A plan runs that this tab does not stream: see it through. @param {Plan} plan */
export async function followRun(plan) {
  if (following.has(plan.id)) return;
  following.add(plan.id);
  await watchRun(plan.id, new AbortController().signal);
  following.delete(plan.id);
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

/** What one is warned of. @param {Pick<Plan, "actions">} plan */
export const warned = ({ actions }) => new Set(actions.flatMap(({ warnings }) => warnings.map(({ text }) => text)));

/**
 * A bulk change without some of its things: a new plan, to be confirmed at once only if it is just what was ticked.
 * @param {Plan} plan @param {Map<string, Set<string>>} out by action, what is left out of it @param {Set<string>} ids the actions that are to run
 * @returns {Promise<{plan: Plan, ids: Set<string>}|null>} what is to be confirmed; null: something else came of it, which has to be looked at
 */
export async function trim(plan, out, ids) {
  const ticked = new Map(plan.actions.flatMap(({ id, items }) => (out.has(id) ? [[id, (items ?? []).map((item) => item.id).filter((item) => !out.get(id)?.has(item))]] : [])));
  const next = await edit(plan, Object.fromEntries([...ticked].map(([id, messages]) => [id, { messages }])));
  const same = next.actions.length === plan.actions.length && next.actions.every((action, index) => isJust(action, /** @type {Action} */ (plan.actions[index]), ticked));
  return same ? { plan: next, ids: new Set(next.actions.filter((_, index) => ids.has(plan.actions[index]?.id ?? "")).map(({ id }) => id)) } : null;
}

/** @param {Action} next @param {Action} old @param {Map<string, string[]>} ticked */
function isJust(next, old, ticked) {
  const known = warned({ actions: [old] });
  if (next.tool !== old.tool || next.effect !== old.effect || !next.warnings.every(({ text }) => known.has(text))) return false;
  const wanted = ticked.get(old.id);
  if (!wanted) return next.preview === old.preview && JSON.stringify(next.args) === JSON.stringify(old.args);
  return JSON.stringify(next.items?.map(({ id }) => id).sort()) === JSON.stringify([...wanted].sort());
}
