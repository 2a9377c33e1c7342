/** The HTTP API, one function a request. Every failure is an ApiError or, when no answer came, a NetworkError. */

import * as connection from "./connection.js";

/** @import {ActivityPage, ChatReply, Memories, Plan, Session, Sessions, ThreadDetail, ThreadsPage, Today, User} from "./types.js" */

/**
 * @typedef {{method?: string, body?: unknown, accept?: string, signal?: AbortSignal, keepalive?: boolean, headers?: Record<string, string>}} Options
 */

/** The server's answer was an error, in the contract's envelope. */
export class ApiError extends Error {
  /** @param {number} status @param {{error?: string, message?: string, details?: Record<string, any>}} envelope @param {number} retryAfter */
  constructor(status, envelope, retryAfter) {
    super(envelope.message ?? `HTTP ${status}`);
    this.status = status;
    this.details = envelope.details ?? {};
    /** The precise code, also inside confirmation_error and cancellation_error. @type {string} */
    this.code = this.details.reason ?? envelope.error ?? "";
    /** Seconds. */
    this.retryAfter = retryAfter;
  }
}

/** No answer came: the request may or may not have arrived. */
export class NetworkError extends Error {}

/** Send a request; the response is ok. @param {string} path @param {Options} [options] @returns {Promise<Response>} */
export async function send(path, options = {}) {
  const { method = "GET", body, accept = "application/json", signal, keepalive, headers = {} } = options;
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      keepalive,
      headers: { Accept: accept, ...(method === "GET" ? {} : { "Content-Type": "application/json" }), ...headers },
      body: method === "GET" ? undefined : JSON.stringify(body ?? {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    connection.lost();
    throw new NetworkError("no answer");
  }
  if (response.ok) {
    connection.answered();
    return response;
  }
  throw await failure(response);
}

/** @param {Response} response */
async function failure(response) {
  const envelope = await response.json().catch(() => ({}));
  const error = new ApiError(response.status, envelope, Number(response.headers.get("Retry-After") ?? envelope.details?.retry_after ?? 0));
  if (error.status === 401) connection.signedOut();
  else if (error.status === 429) connection.limited(error.retryAfter || 5);
  return error;
}

/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
async function json(path, options) {
  const response = await send(path, options);
  return response.status === 204 ? null : response.json();
}

const enc = encodeURIComponent;

/** Every page of a list. @param {string} path with a query @param {string} name of the list in its answer @returns {Promise<any>} */
async function all(path, name, cursor = "") {
  const page = await json(path + cursor);
  const rest = page.next_cursor && (await all(path, name, `&cursor=${enc(page.next_cursor)}`));
  return rest ? { [name]: [...page[name], ...rest[name]] } : page;
}

/** @returns {Promise<Session>} */
export const session = () => json("/auth/session");
/** @returns {Promise<{providers: {name: string, label?: string, login_url?: string}[]}>} */
export const providers = () => json("/auth/providers");
export const logout = () => json("/auth/logout", { method: "POST" });
/** @returns {Promise<Sessions>} */
export const sessions = () => all("/auth/sessions?limit=100", "sessions");
/** @param {string} id */
export const revokeSession = (id) => json(`/auth/sessions/${enc(id)}`, { method: "DELETE" });

/** @returns {Promise<Memories>} */
export const memories = () => all("/memory?limit=200", "memories");
/** @param {string} id */
export const forget = (id) => json(`/memory/${enc(id)}`, { method: "DELETE" });

/** @param {Partial<User>} changes @returns {Promise<User>} */
export const updateMe = (changes) => json("/me", { method: "PATCH", body: changes });
/** @param {string} email */
export const deleteMe = (email) => json("/me", { method: "DELETE", body: { confirm: email } });

/** @param {string|null} cursor @returns {Promise<ThreadsPage>} */
export const threads = (cursor) => json(`/threads?limit=50${cursor ? `&cursor=${enc(cursor)}` : ""}`);
/** The last messages of a thread, or those before a cursor. @param {string} id @param {string|null} [before] @returns {Promise<ThreadDetail>} */
export const thread = (id, before) => json(`/threads/${enc(id)}?limit=100${before ? `&before=${enc(before)}` : ""}`);
/** @param {string} id @param {string} title */
export const renameThread = (id, title) => json(`/threads/${enc(id)}`, { method: "PATCH", body: { title } });
/** @param {string} id */
export const deleteThread = (id) => json(`/threads/${enc(id)}`, { method: "DELETE", keepalive: true });

/** @returns {Promise<{plans: Plan[]}>} */
export const pendingPlans = () => all("/plans?status=pending", "plans");
/** @param {string} id @returns {Promise<Plan>} */
export const plan = async (id) => {
  const answer = await json(`/plans/${enc(id)}`);
  return answer.plan ?? answer;
};
/** @param {string} id @param {{edits?: Record<string, Record<string, unknown>>, remove?: string[]}} changes @returns {Promise<Plan>} */
export const editPlan = async (id, changes) => {
  const answer = await json(`/plans/${enc(id)}`, { method: "PATCH", body: changes });
  return answer.plan ?? answer;
};

/** @param {{user_message: string, thread_id: string, timezone: string}} body @param {AbortSignal} signal @param {Record<string, string>} headers @returns {Promise<ChatReply>} */
export const chat = (body, signal, headers) => json("/chat", { method: "POST", body, signal, headers });
/** @param {{thread_id: string, plan_id: string, reason?: string}} body */
export const cancel = (body) => json("/chat/cancel", { method: "POST", body });
/** @param {string} threadId */
export const stop = (threadId) => json("/chat/stop", { method: "POST", body: { thread_id: threadId } });

/** @returns {Promise<Today>} */
export const today = () => json("/workspace/today?days=7");
export const removeSamples = () => json("/workspace/samples", { method: "DELETE" });
/** @param {string} effect @param {string|null} cursor @returns {Promise<ActivityPage>} */
export const activity = (effect, cursor) => {
  const query = new URLSearchParams({ limit: "50", ...(effect ? { effect } : {}), ...(cursor ? { cursor } : {}) });
  return json(`/activity?${query}`);
};
