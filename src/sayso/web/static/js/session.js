/** Who is signed in, and telling the page's other tabs. */

import * as api from "./api.js";
import { emit, on } from "./bus.js";
import * as connection from "./connection.js";
import { setClock } from "./i18n.js";

/** @import {Session, User} from "./types.js" */

/** @type {Session|null} */ let current = null;
const tabs = new BroadcastChannel("sayso");

/** The session, or null when signed out. */
export function session() {
  return current;
}

/** Whether a decision was taken over this very session; unknown counts as yes. @param {string|null|undefined} id */
export function isOwn(id) {
  return !id || !current?.session || id === current.session;
}

/** Ask the server who is signed in. */
export async function refresh() {
  try {
    set(await api.session());
    tabs.postMessage({ kind: "signed-in" });
  } catch (error) {
    if (!(error instanceof api.ApiError) || error.status !== 401) throw error;
    set(null);
  }
}

/** @param {Session|null} next */
function set(next) {
  const changed = next?.user?.id !== current?.user?.id;
  current = next;
  if (next) setClock(next.user?.timezone, next.now);
  if (changed || next) emit("session", next);
}

/** Take over what PATCH /me answered. @param {User} user */
export function changed(user) {
  if (current) set({ ...current, user });
}

export async function signOut() {
  await api.logout();
  tabs.postMessage({ kind: "signed-out" });
  set(null);
}

/** Tell the other tabs to look at this plan again. @param {string} planId */
export function announcePlan(planId) {
  tabs.postMessage({ kind: "plan", id: planId });
}

/** Tell the other tabs what was said in a thread, which the server tells only with its answer. @param {string} threadId @param {string} text */
export function announceMessage(threadId, text) {
  tabs.postMessage({ kind: "message", id: threadId, text });
}

/** @param {(planId: string) => void} onPlan called when another tab changed a plan */
export function listen(onPlan) {
  connection.whenSignedOut(() => set(null));
  tabs.addEventListener("message", ({ data }) => {
    if (data.kind === "plan") onPlan(data.id);
    else if (data.kind === "message") emit("said", data);
    else if (data.kind === "signed-out" ? current : !current) void refresh().catch(() => {});
  });
  on("reconnected", () => void refresh().catch(() => {}));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !current) void refresh().catch(() => {});
  });
}
