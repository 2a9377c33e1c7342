/** The HTTP API, one function a request. Every failure is an ApiError or, when no answer came, a NetworkError. */

import * as connection from "./connection.js";

/** @import {Account, Accounts, ActivityPage, AuditPage, ChatReply, ConfirmReply, DeviceLink, Identities, Memories, ModelChoice, Models, Plan, Providers, Session, Sessions, Suggestion, ThreadDetail, ThreadsPage, Today, Token, User} from "./types.js" */

/**
 * @typedef {{method?: string, body?: unknown, accept?: string, signal?: AbortSignal, keepalive?: boolean, headers?: Record<string, string>}} Options
 */

/** Refusals that do not pass by waiting a moment: the day's tokens are spent, too many turns are under way. */
const LASTING = new Set(["budget_spent", "turns_at_once"]);

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
    /** Whether it was one of many requests, which the server takes again in a moment. */
    this.passes = status === 429 && !LASTING.has(this.code);
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

/** Wait before the server is asked again. @param {number} ms @returns {Promise<void>} */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Response} response */
async function failure(response) {
  const envelope = await response.json().catch(() => ({}));
  const error = new ApiError(response.status, envelope, Number(response.headers.get("Retry-After") ?? envelope.details?.retry_after ?? 0));
  if (error.status === 401) connection.signedOut(error.code);
  else if (error.passes) connection.limited(error.retryAfter || 5);
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
/** @returns {Promise<Providers>} */
export const providers = () => json("/auth/providers");
export const logout = () => json("/auth/logout", { method: "POST" });
/** @returns {Promise<Sessions>} */
export const sessions = () => all("/auth/sessions?limit=100", "sessions");
/** @param {string} id */
export const revokeSession = (id) => json(`/auth/sessions/${enc(id)}`, { method: "DELETE" });
/** @param {string} id @param {string} name */
export const renameSession = (id, name) => json(`/auth/sessions/${enc(id)}`, { method: "PATCH", body: { name } });
/** @param {boolean} here too @returns {Promise<{ended: number}>} */
export const endSessions = (here) => json(`/auth/sessions${here ? "" : "?keep=current"}`, { method: "DELETE" });

/** @returns {Promise<Identities>} */
export const identities = () => json("/auth/identities");
/** @param {string} provider @param {string} redirect where to come back to @returns {Promise<{authorization_url: string}>} */
export const addIdentity = (provider, redirect) => json("/auth/identities", { method: "POST", body: { provider, redirect } });
/** @param {string} id */
export const removeIdentity = (id) => json(`/auth/identities/${enc(id)}`, { method: "DELETE" });

/** A link that signs in another device. @returns {Promise<DeviceLink>} */
export const offerDevice = () => json("/auth/devices", { method: "POST" });
/** @param {string} id @returns {Promise<DeviceLink>} */
export const deviceLink = (id) => json(`/auth/devices/${enc(id)}`);
/** @param {string} id @param {boolean} allow @param {string} [name] @returns {Promise<DeviceLink>} */
export const decideDevice = (id, allow, name) => json(`/auth/devices/${enc(id)}/decision`, { method: "POST", body: { allow, ...(name ? { name } : {}) } });
/** On the other device. @param {string} code @param {string} name @returns {Promise<{check: string, expires_at: string}>} */
export const claimDevice = (code, name) => json("/auth/devices/claim", { method: "POST", body: { code, name } });
/** @returns {Promise<{status: "claimed"|"signed_in"}>} */
export const enterDevice = () => json("/auth/devices/enter", { method: "POST" });

/** @returns {Promise<{tokens: Token[]}>} */
export const tokens = () => json("/auth/tokens");
/** @param {{name: string, scopes: string[], expires_at?: string}} wanted @returns {Promise<Token & {token: string}>} */
export const makeToken = (wanted) => json("/auth/tokens", { method: "POST", body: wanted });
/** @param {string} id */
export const revokeToken = (id) => json(`/auth/tokens/${enc(id)}`, { method: "DELETE" });

/** @param {string|null} cursor @returns {Promise<AuditPage>} */
export const audit = (cursor) => json(`/audit?limit=50${cursor ? `&cursor=${enc(cursor)}` : ""}`);

/** @returns {Promise<Memories>} */
export const memories = () => all("/memory?limit=200", "memories");
/** @param {string} id */
export const forget = (id) => json(`/memory/${enc(id)}`, { method: "DELETE" });

/** @returns {Promise<Accounts>} */
export const accounts = () => json("/accounts");
/** @param {string} kind @param {string} address @returns {Promise<Suggestion>} */
export const serversOf = (kind, address) => json(`/accounts/${enc(kind)}/servers?${new URLSearchParams({ address })}`);
/** @param {Record<string, unknown>} body @returns {Promise<Account>} */
export const connect = (body) => json("/accounts", { method: "POST", body });
/** @param {string} id @param {Partial<Account>} changes */
export const changeAccount = (id, changes) => json(`/accounts/${enc(id)}`, { method: "PATCH", body: changes });
/** @param {string} id @param {boolean} withData also what is the user's own in it @returns {Promise<{message: string}|null>} the message: what could not be done */
export const removeAccount = (id, withData) => json(`/accounts/${enc(id)}${withData ? "?data=delete" : ""}`, { method: "DELETE" });

/** @returns {Promise<Models>} */
export const models = () => json("/me/model");
/** @param {ModelChoice} body @returns {Promise<Models>} */
export const chooseModel = (body) => json("/me/model", { method: "PUT", body });
/** @param {ModelChoice} body @returns {Promise<{works: boolean, problem: string|null}>} */
export const testModel = (body) => json("/me/model/test", { method: "POST", body });

/** @param {Partial<User>} changes @returns {Promise<User>} */
export const updateMe = (changes) => json("/me", { method: "PATCH", body: changes });
/** @param {string} email */
export const deleteMe = (email) => json("/me", { method: "DELETE", body: { confirm: email } });

/** @param {string|null} cursor @returns {Promise<ThreadsPage>} */
export const threads = (cursor) => json(`/threads?limit=50${cursor ? `&cursor=${enc(cursor)}` : ""}`);
/** The last messages of a thread, or those before a cursor. @param {string} id @param {string|null} [before] @returns {Promise<ThreadDetail>} */
export const thread = (id, before) => json(`/threads/${enc(id)}?limit=100${before ? `&before=${enc(before)}` : ""}`);
/** What a thread has cost. @param {string} id @returns {Promise<Pick<ThreadDetail, "usage">>} */
export const usage = (id) => json(`/threads/${enc(id)}?limit=1`);
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
/** Undo what an action did. @param {string} id of its plan @param {string} actionId @returns {Promise<ConfirmReply>} */
export const undo = (id, actionId) => json(`/plans/${enc(id)}/undo`, { method: "POST", body: { action_ids: [actionId] } });
/** @param {{thread_id: string, plan_id: string, digest?: string, reason?: string}} body */
export const cancel = (body) => json("/chat/cancel", { method: "POST", body });
/** @param {string} threadId */
export const stop = (threadId) => json("/chat/stop", { method: "POST", body: { thread_id: threadId } });

/** @returns {Promise<Today>} */
export const today = () => json("/workspace/today?days=7");
/** Waits until mail comes or goes. @returns {Promise<boolean>} */
export const changes = async () => (await json("/workspace/changes")).changed;
export const removeSamples = () => json("/workspace/samples", { method: "DELETE" });
/** @param {string} effect @param {string|null} cursor @returns {Promise<ActivityPage>} */
export const activity = (effect, cursor) => {
  const query = new URLSearchParams({ limit: "50", ...(effect ? { effect } : {}), ...(cursor ? { cursor } : {}) });
  return json(`/activity?${query}`);
};
