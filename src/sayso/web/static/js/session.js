/** Who is signed in, and telling the page's other tabs. */

import * as api from "./api.js";
import { emit, on } from "./bus.js";
import * as connection from "./connection.js";
import { setClock } from "./i18n.js";

/** @import {Session, User} from "./types.js" */

/** @type {Session|null} */ let current = null;
/** Why nobody is signed in, in the server's words: "no_session", "session_expired", "session_unknown". */ let reason = "";
/** @type {string|null} whose page this is since it was loaded */ let owner = null;
const tabs = new BroadcastChannel("sayso");

/** The session, or null when signed out. */
export function session() {
  return current;
}

/** Why nobody is signed in. */
export const signedOutBy = () => reason;

/** Whether a decision was taken over this very session; unknown counts as yes. @param {string|null|undefined} id */
export function isOwn(id) {
  return !id || !current?.session || id === current.session;
}

/** Ask the server who is signed in. */
export async function refresh() {
  try {
    set(await api.session());
    tabs.postMessage({ kind: "signed-in", id: current?.user.id });
  } catch (error) {
    if (!(error instanceof api.ApiError) || error.status !== 401) throw error;
    set(null);
  }
}

/** @param {Session|null} next */
function set(next) {
  if (next && !isOwners(next.user.id)) return;
  const changed = next?.user?.id !== current?.user?.id;
  current = next;
  if (next) setClock(next.user?.timezone, next.now);
  if (changed || next) emit("session", next);
  if (next) connection.signedIn();
}

/**
 * What a tab keeps (drafts, a message that could not be sent, the place to go back to) is one user's. For another one it begins
 * anew, before anything of the former's is sent in his name. @param {string} id @returns {boolean} whether the page is this user's
 */
function isOwners(id) {
  const kept = sessionStorage.getItem("user");
  if (kept && kept !== id) sessionStorage.clear();
  sessionStorage.setItem("user", id);
  if (owner && owner !== id) return begin("#/"), false;
  owner = id;
  return true;
}

/** Load the page anew. @param {string} place */
function begin(place) {
  history.replaceState(null, "", place);
  location.reload();
}

/** Nobody is signed in any more, and wants to be: nothing of the user stays in this tab. */
export function forget() {
  sessionStorage.clear();
  begin("#/");
}

/** Take over what PATCH /me answered. @param {User} user */
export function changed(user) {
  if (current) set({ ...current, user });
}

export async function signOut() {
  await api.logout();
  left();
}

/** The user has ended this session: the browser's other tabs forget him, too. */
export function left() {
  tabs.postMessage({ kind: "signed-out" });
  forget();
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
  connection.whenSignedOut((why) => {
    reason = why;
    set(null);
  });
  tabs.addEventListener("message", ({ data }) => {
    if (data.kind === "plan") onPlan(data.id);
    else if (data.kind === "message") emit("said", data);
    else if (data.kind === "signed-out") owner && forget();
    else if (data.id !== current?.user.id) void refresh().catch(() => {});
  });
  on("reconnected", () => void refresh().catch(() => {}));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !current) void refresh().catch(() => {});
  });
}
