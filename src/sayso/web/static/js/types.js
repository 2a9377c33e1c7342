/**
 * The nouns of the API, as the page sees them. See docs/api.md.
 *
 * @typedef {"read"|"write"|"destructive"|"outbound"} Effect
 * @typedef {"waiting"|"running"|"succeeded"|"failed"|"skipped"|"unknown"} ActionStatus
 * @typedef {"pending"|"confirmed"|"cancelled"|"expired"|"superseded"|"completed"|"partial"|"failed"|"stopped"} PlanStatus
 *
 * @typedef {{id: string, tool: string, effect: Effect, args: Record<string, unknown>, preview: string, status: ActionStatus,
 *   question?: string, details?: [string, string][], warnings?: string[], result?: unknown, error?: string|null,
 *   receipt?: string|null, started_at?: string|null, ended_at?: string|null}} Action
 *
 * @typedef {{id: string, thread_id: string, thread_title?: string, status: PlanStatus, question?: string, created_at: string,
 *   expires_at: string, supersedes?: string|null, superseded_by?: string|null, decided_at?: string|null,
 *   decided_by?: string|null, words?: string|null, ended_at?: string|null, actions: Action[]}} Plan
 *
 * @typedef {{id: string, tool: string, args?: Record<string, unknown>, success: boolean, error?: string|null, preview?: string}} Read
 *
 * @typedef {{id: string, role: "user"|"assistant", content: string, content_html?: string|null, created_at: string,
 *   kind?: "chat"|"decision"|"outcome", actions?: Read[], plan_id?: string|null, usage?: object|null, key?: string}} Message  key: under which the page shows it, when that is not its id
 *
 * @typedef {{id: string, title: string, created_at: string, updated_at: string, waiting: boolean}} ThreadSummary
 * @typedef {ThreadSummary & {busy: boolean, messages: Message[], plans: Plan[], next_cursor?: string|null}} ThreadDetail
 *
 * @typedef {{thread_id: string, response: string, response_html?: string|null, actions: Read[], requires_confirmation: boolean,
 *   confirmation_message: string|null, plan: Plan|null, decision?: {status: string}|null}} ChatReply
 *
 * @typedef {{thread_id: string, status: "completed"|"partial"|"failed"|"stopped"|"running", response: string,
 *   response_html?: string|null, results: Record<string, unknown>, plan: Plan|null}} ConfirmReply
 *
 * @typedef {{id: string, email: string, name: string, timezone: string|null, locale: string|null, addresses: string[]}} User
 * @typedef {{name: string, provider?: string, account?: string|null, status?: string, message?: string|null}} Connection
 * @typedef {{user: User, provider: string, session?: string, created_at?: string, expires_at?: string, now?: string,
 *   model?: {name: string, offline?: boolean}, connections?: Connection[]}} Session
 * @typedef {{id: string, current: boolean, provider?: string, created_at: string, last_seen_at?: string|null,
 *   expires_at?: string, user_agent?: string}} SessionEntry
 *
 * @typedef {{id: string, kind: "preference"|"signature", text: string, created_at: string}} Memory
 *
 * @typedef {{id: string, plan_id: string, thread_id: string, thread_title?: string, tool: string, effect: Effect,
 *   preview: string, status: ActionStatus, plan_status: PlanStatus, receipt?: string|null, error?: string|null,
 *   words?: string|null, decided_at: string|null, started_at?: string|null, ended_at?: string|null,
 *   session?: {id: string, current?: boolean, user_agent?: string, provider?: string}|null}} ActivityEntry
 *
 * @typedef {{id: string, title: string, start: string, end: string, all_day: boolean, location?: string,
 *   guests?: {name?: string, email: string}[], recurrence?: string, my_response?: string}} CalendarEvent
 * @typedef {{id: string, title: string, due: string|null, list?: string, overdue?: boolean}} Task
 * @typedef {{id: string, from: {name?: string, email: string}, subject: string, snippet: string, date: string}} Mail
 * @typedef {{now: string, timezone: string, days: number, events: CalendarEvent[]|null, tasks: Task[]|null,
 *   tasks_total?: number, mail: Mail[]|null, mail_total?: number, sample?: boolean,
 *   errors?: Record<string, string>}} Today
 *
 * @typedef {{threads: ThreadSummary[], next_cursor: string|null}} ThreadsPage
 * @typedef {{entries: ActivityEntry[], next_cursor: string|null}} ActivityPage
 * @typedef {{sessions: SessionEntry[]}} Sessions
 * @typedef {{memories: Memory[]}} Memories
 *
 * @typedef {{event_type: string, data: Record<string, any>, timestamp?: string}} StreamEvent
 */

export {};
