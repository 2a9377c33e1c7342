/** The accounts in which the user's calendar, tasks, mail and contacts lie: what each is for, how it stands, one more, one less. */

import * as api from "../api.js";
import { emit } from "../bus.js";
import { byId, fill, h, icon, iconButton, keepingFocus } from "../dom.js";
import { dateTime, has, relative, t } from "../i18n.js";
import { checkLine, choices, connectUrl, passwordForm, providerForm } from "./connect.js";
import { announce, emptyState, guarded, toast } from "./notices.js";
import { attempt, group } from "./rows.js";
import { setupSteps } from "./setup.js";
import { todayData } from "./today.js";

/** @import {Account, AccountKind, Service, Setup} from "../types.js" */

/** @type {Service[]} */
const SERVICES = ["calendar", "tasks", "mail", "contacts"];
/** @type {Record<Account["state"], [drawing: string, colour: string]>} */
const STATES = { connected: ["check", "succeeded"], reconnect_needed: ["warning", "waiting"], unreachable: ["offline", "failed"] };
const LOCAL = "local";

export class ConnectionsView {
  constructor() {
    /** @type {Account[]} */ this.accounts = [];
    /** @type {AccountKind[]} */ this.kinds = [];
    /** @type {Setup[]} */ this.setup = [];
    /** @type {string|null} the account that is being given another name */ this.naming = null;
    /** @type {{account: string, sample: boolean}|null} an account that was not removed, since there is data of the user's own in it */ this.kept = null;
    this.lead = h("p", { class: "lead" });
    this.trouble = h("div", { role: "alert" });
    this.list = h("div", { class: "accounts" });
    this.more = h("div");
    this.element = h("div", { class: "page connections" }, this.lead, this.trouble, this.list, this.more);
  }

  /** @param {string|null} code of what went wrong with a new connection */
  async show(code) {
    fill(this.trouble, code && this.troubleOf(code));
    if (code) history.replaceState(null, "", "#/connections");
    this.kept = null;
    await guarded(this.list, async () => {
      await this.load();
      this.drawMore();
    });
  }

  /** @param {string} code */
  troubleOf(code) {
    const key = `connections.trouble.${code}`;
    return h("div", { class: "failed" }, icon("warning"), h("p", null, t(has(key) ? key : "connections.trouble.unknown")), iconButton("cross", t("close"), () => fill(this.trouble)));
  }

  async load() {
    Object.assign(this, await api.accounts());
    this.draw();
  }

  draw() {
    fill(this.lead, t("connections.lead"), this.accounts.length > 1 && ` ${t("connections.default_hint")}`);
    keepingFocus(this.list, () => fill(this.list, this.accounts.length ? this.accounts.map((account) => this.card(account)) : emptyState("link", t("connections.none"), t("connections.none_text"))));
  }

  /** @param {Account} account */
  card(account) {
    const title = `account-${account.id}`;
    const kind = this.kinds.find((one) => one.kind === account.kind);
    return h(
      "section",
      { class: "account rows", "aria-labelledby": title, tabindex: "-1", dataset: { key: title } },
      h("div", { class: "account-head" }, this.name(account, title, kind), stateOf(account)),
      account.state === "reconnect_needed" && this.reconnection(account, kind),
      account.state === "unreachable" && h("p", { class: "row hint" }, t("connections.unreachable_hint")),
      this.serving(account, kind),
      this.accounts.length > 1 && this.defaults(account),
      account.checks.length > 0 && h("ul", { class: "checks" }, account.checks.map(checkLine)),
      account.kind === LOCAL ? this.localRemoval(account) : this.removal(account),
    );
  }

  /** @param {Account} account @param {string} id @param {AccountKind|undefined} kind */
  name(account, id, kind) {
    const { label } = account;
    const under = h("small", { dir: "auto" }, account.kind !== LOCAL && [kind?.label, account.address].filter((each) => each && each !== label).join(" · "));
    if (this.naming === account.id) return h("div", null, this.nameForm(account), under);
    const rename = () => {
      this.naming = account.id;
      this.draw();
      /** @type {HTMLInputElement|null} */ (this.list.querySelector(".rename input"))?.select();
    };
    return h("div", null, h("div", { class: "account-name" }, h("h2", { id, dir: "auto" }, label), iconButton("pencil", t("connections.rename", { label }), rename, { dataset: { key: `rename-${account.id}` } })), under);
  }

  /** @param {Account} account */
  nameForm(account) {
    const done = (/** @type {boolean} */ save) => {
      if (this.naming !== account.id) return;
      this.naming = null;
      const label = field.value.trim();
      const back = field.contains(document.activeElement);
      if (save && label && label !== account.label) void this.change(account, { label });
      account.label = save && label ? label : account.label;
      this.draw();
      if (back) this.focus(`rename-${account.id}`);
    };
    const field = h("input", { value: account.label, maxlength: 100, dir: "auto", "aria-label": t("connections.label"), onblur: () => done(true), onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && done(false) });
    return h("form", { class: "rename", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), done(true)) }, field);
  }

  /** What the account is used for: something, or it goes. @param {Account} account @param {AccountKind|undefined} kind */
  serving(account, kind) {
    const toggle = (/** @type {Service} */ service, /** @type {boolean} */ on) => {
      const serves = SERVICES.filter((one) => (one === service ? on : account.serves.includes(one)));
      if (serves.length) return this.change(account, { serves }, on && kind?.how === "oauth" ? connectUrl(account.kind, serves, account.id) : "");
      toast(t("connections.last"), { error: true });
      return this.draw();
    };
    const possible = SERVICES.filter((service) => kind?.serves.includes(service) || account.serves.includes(service));
    return choices("connections.serves", possible, (service) => ({ checked: account.serves.includes(service), dataset: { key: `serves-${account.id}-${service}` }, onchange: (/** @type {Event} */ event) => void toggle(service, isChecked(event)) }));
  }

  /** Where what is new goes. A default is moved by choosing another account for it. @param {Account} account */
  defaults(account) {
    const choose = (/** @type {Service} */ service) => this.change(account, { default_for: [...account.default_for, service] });
    return choices("connections.default_for", account.serves, (service) => !account.default_for.includes(service) && { dataset: { key: `default-${account.id}-${service}` }, onchange: () => void choose(service) });
  }

  /** @param {Account} account @param {AccountKind|undefined} kind */
  reconnection(account, kind) {
    if (kind?.how === "password") return h("div", { class: "addition" }, h("p", null, t("connections.reconnect_hint")), passwordForm(kind, (made) => this.connected(made), account));
    return h("div", { class: "row" }, h("span", null, t("connections.reconnect_hint")), kind && h("a", { class: "button", href: connectUrl(account.kind, account.serves, account.id) }, icon("retry"), t("connections.reconnect")));
  }

  /** @param {Account} account */
  removal(account) {
    return h("details", { class: "danger" }, h("summary", null, icon("chevron"), t("connections.remove")), h("p", { class: "hint" }, t("connections.remove_hint")), this.removeButton(account));
  }

  /** @param {Account} account */
  localRemoval(account) {
    if (this.kept?.account === account.id) return this.ownData(account, this.kept.sample);
    return h("div", { class: "row" }, h("small", null, t("connections.remove_local")), this.removeButton(account));
  }

  /** What can be done when there is data of the user's own in the account. @param {Account} account @param {boolean} sample whether sample data is in it, too */
  ownData(account, sample) {
    const onlySamples = () => attempt(async () => this.removed(await api.removeSamples(), t("samples.removed")));
    return h(
      "div",
      { class: "own-data", tabindex: "-1", role: "group", "aria-label": t("connections.remove"), dataset: { key: "own-data" } },
      h("p", null, t("connections.own_data")),
      h(
        "div",
        { class: "form-buttons" },
        h("a", { class: "button", href: "/me/export", download: "sayso-export.json" }, icon("download"), t("settings.download")),
        sample && h("button", { type: "button", class: "button", onclick: () => void onlySamples() }, t("connections.only_samples")),
        h("button", { type: "button", class: "button is-danger", onclick: () => void this.remove(account, true) }, icon("trash"), t("connections.remove_all")),
      ),
    );
  }

  /** @param {Account} account */
  removeButton(account) {
    return h("button", { type: "button", class: "button is-danger", onclick: () => void this.remove(account) }, icon("trash"), t("connections.remove_now", { label: account.label }));
  }

  /** @param {Account} account @param {boolean} [withData] also what is the user's own in it */
  remove(account, withData = false) {
    return attempt(async () => {
      try {
        const answer = await api.removeAccount(account.id, withData);
        await this.removed(answer, t("connections.removed", { label: account.label }));
      } catch (error) {
        if (!(error instanceof api.ApiError) || error.code !== "account_has_data") throw error;
        this.kept = { account: account.id, sample: Boolean((await todayData().catch(() => null))?.sample) };
        this.draw();
        this.focus("own-data");
      }
    });
  }

  /** @param {{message?: string}|null} answer which may say what could not be done @param {string} words */
  async removed(answer, words) {
    this.kept = null;
    toast(answer?.message ?? words, answer?.message ? { error: true, seconds: 15 } : {});
    emit("workspace", undefined);
    await this.load();
    this.drawMore();
    byId("stage").focus();
  }

  /** @param {Account} account @param {Partial<Account>} changes @param {string} [consent] where the provider is asked for what was not granted yet */
  change(account, changes, consent) {
    return attempt(async () => {
      try {
        await api.changeAccount(account.id, changes).finally(() => this.load());
      } catch (error) {
        if (!consent || !(error instanceof api.ApiError) || error.code !== "validation_error") throw error;
        return location.assign(consent);
      }
      toast(t("settings.saved"), { seconds: 2 });
      emit("workspace", undefined);
    });
  }

  /** @param {Account} account that is new, or is connected again */
  async connected(account) {
    await this.load();
    this.drawMore();
    this.focus(`account-${account.id}`);
    announce(t("connections.connected", { label: account.label }));
    emit("workspace", undefined);
  }

  /** What else can be connected. */
  drawMore() {
    const kinds = this.kinds.filter(({ kind, how }) => how !== "here" || !this.accounts.some((account) => account.kind === kind));
    const others = this.kinds.some(({ how }) => how !== "here");
    fill(
      this.more,
      (kinds.length > 0 || !others || this.setup.length > 0) && group("plus", "connections.add", kinds.map((kind) => this.addition(kind)), !others && h("p", { class: "row hint" }, t("connections.none_to_add")), this.setup.map(setupSteps)),
    );
  }

  /** @param {AccountKind} kind */
  addition(kind) {
    if (kind.how === "here") return h("div", { class: "row" }, h("span", null, kind.label), h("button", { type: "button", class: "button", onclick: () => void this.addHere(kind) }, icon("plus"), t("connections.add_again")));
    const form = kind.how === "oauth" ? providerForm(kind) : passwordForm(kind, (made) => this.connected(made));
    return h("details", { class: "addition" }, h("summary", null, icon("chevron"), kind.label), form);
  }

  /** @param {AccountKind} kind */
  addHere({ kind }) {
    return attempt(async () => this.connected(await api.connect({ kind })));
  }

  /** @param {string} key */
  focus(key) {
    /** @type {HTMLElement|null} */ (this.list.querySelector(`[data-key="${CSS.escape(key)}"]`))?.focus();
  }
}

/** @param {Account} account */
function stateOf({ state, since }) {
  const [drawing, colour] = STATES[state];
  return h("p", { class: `account-state state-${colour}` }, icon(drawing), h("span", null, t(`connections.state.${state}`), state !== "connected" && h("small", { title: dateTime(since) }, t("connections.noticed", { when: relative(since) }))));
}

/** @param {Event} event */
function isChecked(event) {
  return /** @type {HTMLInputElement} */ (event.target).checked;
}
