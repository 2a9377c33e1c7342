/** Every plan that the page has seen, as it was last told by the server; and what waits. */

import * as api from "./api.js";
import { emit, on } from "./bus.js";
import { notBefore, now } from "./i18n.js";
import { announcePlan } from "./session.js";

/** @import {Action, Plan} from "./types.js" */

/** @type {Map<string, Plan>} */ const known = new Map();

/** @param {string|null|undefined} id @returns {Plan|undefined} */
export const get = (id) => (id ? known.get(id) : undefined);

/** All plans of a thread, oldest first. @param {string} threadId */
export const ofThread = (threadId) => [...known.values()].filter((plan) => plan.thread_id === threadId).sort((a, b) => a.created_at.localeCompare(b.created_at));

/** What waits for a decision, oldest first. */
export const pending = () => [...known.values()].filter((plan) => plan.status === "pending").sort((a, b) => a.created_at.localeCompare(b.created_at));

/** Take over what the server said about a plan. @param {Plan} plan */
export function put(plan) {
  const before = known.get(plan.id);
  if (before && JSON.stringify(before) === JSON.stringify({ ...before, ...plan })) return;
  const merged = { ...before, ...plan };
  if (merged.status === "expired") notBefore(merged.expires_at);
  known.set(plan.id, merged);
  if (merged.supersedes) close(merged.supersedes, plan.id);
  emit("plan", merged);
  if (before?.status !== merged.status) emit("pending", undefined);
}

/** The plan that `id` replaced waits no more. @param {string} id @param {string} by */
function close(id, by) {
  const old = known.get(id);
  if (old?.status === "pending") put({ ...old, status: "superseded", superseded_by: by });
}

/** Change one action of a plan in place, while the server tells how it runs. @param {string} actionId @param {Partial<Action>} change */
export function putAction(actionId, change) {
  for (const plan of known.values()) {
    if (!plan.actions.some((action) => action.id === actionId)) continue;
    put({ ...plan, actions: plan.actions.map((action) => (action.id === actionId ? { ...action, ...change } : action)) });
    return;
  }
}

/** Ask the server how a plan stands. @param {string} id @returns {Promise<Plan>} */
export async function refetch(id) {
  const plan = await api.plan(id);
  put(plan);
  return get(id) ?? plan;
}

/** Ask the server for all that waits; what we thought was waiting and is not gets looked up. */
export async function refreshPending() {
  const { plans } = await api.pendingPlans();
  const waiting = new Set(plans.map((plan) => plan.id));
  plans.forEach(put);
  await Promise.all(pending().filter((plan) => !waiting.has(plan.id)).map((plan) => settle(plan.id)));
}

/** Look a plan up; forget it when it is gone with its thread. @param {string} id */
export async function settle(id) {
  try {
    await refetch(id);
  } catch (error) {
    if (error instanceof api.ApiError && error.status === 404) forget((plan) => plan.id === id);
  }
}

/** @param {(plan: Plan) => boolean} which */
export function forget(which) {
  for (const plan of [...known.values()]) if (which(plan)) known.delete(plan.id);
  emit("pending", undefined);
}

/** This tab changed a plan: the others should look. @param {string} id */
export const tellTabs = (id) => announcePlan(id);

/** Keep what waits true while the page is open. */
export function watch() {
  const look = () => void (document.hidden || refreshPending().catch(() => {}));
  setInterval(look, 45_000);
  setInterval(() => pending().forEach((plan) => Date.parse(plan.expires_at) < now().getTime() && void settle(plan.id)), 5_000);
  document.addEventListener("visibilitychange", look);
  on("reconnected", look);
}
