/**
 * The nouns of the API, as the page sees them. See docs/api.md.
 *
 * @typedef {"read"|"write"|"destructive"|"outbound"} Effect
 * @typedef {"waiting"|"held"|"running"|"succeeded"|"failed"|"skipped"|"unknown"} ActionStatus
 * @typedef {"pending"|"confirmed"|"cancelled"|"expired"|"superseded"|"completed"|"partial"|"failed"|"stopped"} PlanStatus
 *
 * @typedef {{name: string, email: string}} Named
 * @typedef {Named & {role: "guest"|"to"|"cc"|"bcc"|"organizer", change: "added"|"removed"|null, told: boolean, new: boolean}} CardPerson
 * @typedef {{from: Named|null, to: Named[], cc: Named[], bcc: Named[], subject: string, body: string,
 *   attachments: {name: string, size: number|null, type: string}[], answers: {from: Named, subject: string, date: string}|null, send_at?: string}} CardMail
 * @typedef {{id: string, title: string, who: string, at: string}} CardItem
 * @typedef {{title: string, start: string, end: string, role: "before"|"after"|"clash"|"other", all_day: boolean}} CardBlock
 * @typedef {{date: string, timezone: string, event_timezone: string|null, blocks: CardBlock[]}} CardDay
 * @typedef {Record<string, unknown> & {title?: string, start?: string, end?: string, all_day?: boolean, location?: string,
 *   recurrence?: string|null, my_response?: string, list?: string, due?: string|null}} Thing an event or a task
 * @typedef {{code: string, text: string}} Warning
 * @typedef {{confirm: string, cancel: string}} Labels
 *
 * What an action shows as data, where the server has it (it has none of plans of earlier versions).
 * @typedef {{kind?: string, summary?: string, labels?: Labels|null, before?: Thing|null, after?: Thing|null, changed?: string[],
 *   mail?: CardMail|null, items?: CardItem[]|null, day?: CardDay|null, people?: CardPerson[], account?: {id: string, label: string}|null,
 *   reversible?: boolean|null, was?: {id: string, preview: string, args: Record<string, unknown>}|null, runs_at?: string|null,
 *   undo?: {label: string, done: string|null}|null, undoes?: string|null}} Card
 *
 * @typedef {Card & {id: string, tool: string, effect: Effect, args: Record<string, unknown>, preview: string, status: ActionStatus,
 *   question?: string, details?: [string, string][], warnings: Warning[], result?: unknown, error?: string|null,
 *   receipt?: string|null, started_at?: string|null, ended_at?: string|null}} Action
 *
 * @typedef {{id: string, thread_id: string, thread_title?: string, status: PlanStatus, question?: string, digest?: string, labels?: Labels, created_at: string,
 *   expires_at: string, supersedes?: string|null, superseded_by?: string|null, decided_at?: string|null,
 *   decided_by?: string|null, words?: string|null, ended_at?: string|null, actions: Action[]}} Plan
 *
 * @typedef {{id: string, tool: string, args?: Record<string, unknown>, success: boolean, error?: string|null, preview?: string}} Read
 *
 * @typedef {{id: string, role: "user"|"assistant", content: string, content_html?: string|null, created_at: string,
 *   kind?: "chat"|"decision"|"outcome", actions?: Read[], plan_id?: string|null, usage?: object|null, key?: string}} Message  key: under which the page shows it, when that is not its id
 *
 * @typedef {{requests: number, input_tokens: number, output_tokens: number, cost?: number|null}} Usage
 * @typedef {{id: string, title: string, created_at: string, updated_at: string, waiting: boolean}} ThreadSummary
 * @typedef {ThreadSummary & {busy: boolean, messages: Message[], plans: Plan[], next_cursor?: string|null,
 *   usage?: Usage|null}} ThreadDetail
 *
 * @typedef {{thread_id: string, response: string, response_html?: string|null, actions: Read[], requires_confirmation: boolean,
 *   confirmation_message: string|null, plan: Plan|null, decision?: {status: string}|null}} ChatReply
 *
 * @typedef {{thread_id: string, status: "completed"|"partial"|"failed"|"stopped"|"running", response: string,
 *   response_html?: string|null, results: Record<string, unknown>, plan: Plan|null}} ConfirmReply
 *
 * @typedef {{id: string, email: string, name: string, timezone: string|null, locale: string|null, addresses: string[], hold_seconds?: number|null}} User
 * @typedef {{user: User, provider: string, session?: string, created_at?: string, expires_at?: string, now?: string,
 *   model?: {name: string, offline?: boolean}}} Session
 * @typedef {{id: string, current: boolean, provider?: string, name?: string, created_at: string, seen_at?: string|null,
 *   expires_at?: string, ends_at?: string, user_agent?: string}} SessionEntry
 * @typedef {{id?: string, name: string, login_url?: string}} Provider
 * @typedef {{id: string, issuer: string, provider: string|null, label: string, email: string}} Identity provider: null: none of this server
 * @typedef {{identities: Identity[]}} Identities
 * @typedef {{id: string, url: string, qr: string, status: "shown"|"claimed"|"allowed"|"refused"|"contested"|"used"|"expired", name?: string,
 *   user_agent?: string, address?: string, check?: string, expires_at: string}} DeviceLink
 * @typedef {"read"|"chat"|"decide"} Scope
 * @typedef {{id: string, name: string, scopes: Scope[], created_at: string, expires_at: string|null, used_at: string|null}} Token
 * @typedef {{at: string, kind: string, via: string|null, by: string|null, address: string, data: Record<string, any>}} AuditEntry
 * @typedef {{events: AuditEntry[], next_cursor: string|null}} AuditPage
 *
 * @typedef {"calendar"|"tasks"|"mail"|"contacts"} Service
 * @typedef {{name: string, works: boolean, message?: string|null}} Check
 * @typedef {{id: string, kind: string, label: string, address: string, serves: Service[], default_for: Service[],
 *   state: "connected"|"reconnect_needed"|"unreachable", since: string, checks: Check[]}} Account
 * @typedef {{kind: string, label: string, how: "oauth"|"password"|"here", serves: Service[]}} AccountKind
 * @typedef {{kind: string, label: string, redirect_uri: string, scopes: string[], done: boolean}} Setup
 * @typedef {{accounts: Account[], kinds: AccountKind[], setup: Setup[]}} Accounts
 * @typedef {{caldav?: string|null, carddav?: string|null, imap?: MailServer|null, smtp?: MailServer|null}} Servers
 * @typedef {{host: string, port: number, tls: string}} MailServer
 * @typedef {{provider: string, app_passwords: string, note: string, servers: Servers, doubtful: string[]}} Suggestion
 *
 * @typedef {{name: string, label: string, offline: boolean, base_url?: string|null, has_key?: boolean, problem?: string|null}} Model
 * @typedef {{name: string, label: string, base_url?: string|null, source: "environment"|"ollama"}} ModelOffer
 * @typedef {{name: string|null, base_url?: string, key?: string}} ModelChoice
 * @typedef {{model: Model, chosen: boolean, default: Model, offers: ModelOffer[],
 *   vendors: {id: string, label: string, example: string, problem?: string|null}[], may_name_servers: boolean, spent_today?: number,
 *   limit?: number|null}} Models
 *
 * @typedef {{id: string, kind: "preference"|"signature", text: string, created_at: string}} Memory
 *
 * @typedef {{id: string, plan_id: string, thread_id: string, thread_title?: string, tool: string, effect: Effect,
 *   preview: string, status: ActionStatus, plan_status: PlanStatus, receipt?: string|null, error?: string|null,
 *   words?: string|null, decided_at: string|null, started_at?: string|null, ended_at?: string|null,
 *   session?: {id: string, current?: boolean, user_agent?: string, provider?: string}|null}} ActivityEntry
 *
 * @typedef {{id: string, title: string, start: string, end: string, all_day: boolean, location?: string,
 *   guests?: {name?: string, email: string}[], recurrence?: string, my_response?: string, calendar?: string, color?: string}} CalendarEvent
 * @typedef {{id: string, title: string, due: string|null, list?: string, overdue?: boolean}} Task
 * @typedef {{id: string, from: {name?: string, email: string}, subject: string, snippet: string, date: string}} Mail
 * @typedef {{now: string, timezone: string, days: number, events: CalendarEvent[]|null, tasks: Task[]|null,
 *   tasks_total?: number, mail: Mail[]|null, mail_total?: number, news?: boolean, sample?: boolean,
 *   errors?: Record<string, string>}} Today
 *
 * @typedef {{threads: ThreadSummary[], next_cursor: string|null}} ThreadsPage
 * @typedef {{entries: ActivityEntry[], next_cursor: string|null}} ActivityPage
 * @typedef {{providers: Provider[]}} Providers
 * @typedef {{sessions: SessionEntry[]}} Sessions
 * @typedef {{memories: Memory[]}} Memories
 *
 * @typedef {{event_type: string, data: Record<string, any>, timestamp?: string}} StreamEvent
 */

export {};
