/** Connecting one more account: at its provider, or by address and password. */

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { has, t } from "../i18n.js";
import { complain, field, problemLine, submitButton, working } from "./fields.js";

/** @import {Account, AccountKind, Check, Servers, Service} from "../types.js" */

const TLS = ["implicit", "starttls", "none"];
/** What stands in a form for each server, and the port that it has mostly. */
const MAIL_SERVERS = { imap: 993, smtp: 465 };

/** Where a browser goes to connect an account at its provider. @param {string} kind @param {Service[]} serves @param {string} [account] that is to be connected again */
export function connectUrl(kind, serves, account) {
  const query = new URLSearchParams({ redirect: "/#/connections", serves: serves.join(","), ...(account ? { account } : {}) });
  return `/accounts/${encodeURIComponent(kind)}/connect?${query}`;
}

/**
 * Boxes to tick, one a service.
 * @param {string} key of what they say @param {Service[]} services @param {(service: Service) => Record<string, any>|false} props of each box; false: it is so, and cannot be changed here
 */
export function choices(key, services, props) {
  const choice = (/** @type {Service} */ service) => {
    const own = props(service);
    const name = t(`connection.${service}`);
    return own ? h("label", null, h("input", { type: "checkbox", value: service, ...own }), name) : h("span", { class: "is-so" }, icon("check"), name);
  };
  return h("fieldset", { class: "row choices" }, h("legend", null, t(key)), h("span", null, services.map(choice)));
}

/** Whether something of an account works, and if not, why. @param {Check} check */
export function checkLine({ name: tried, works, message }) {
  const key = [`connection.${tried}`, `connections.${tried}`].find(has);
  const name = key ? t(key) : tried;
  return h("li", { class: works ? "" : "is-failed" }, icon(works ? "check" : "warning"), h("span", { dir: "auto" }, works ? t("connections.works", { name }) : t("connections.works_not", { name, message: message ?? "" })));
}

/** @param {HTMLElement} boxes @returns {Service[]} those that are ticked */
function chosen(boxes) {
  return [...boxes.querySelectorAll("input")].filter((box) => box.checked).map((box) => /** @type {Service} */ (box.value));
}

/** A kind that is connected at its provider: what for, and the way there. @param {AccountKind} kind */
export function providerForm(kind) {
  const boxes = choices("connections.connect_for", kind.serves, () => ({ checked: true, onchange: () => link.setAttribute("href", connectUrl(kind.kind, chosen(boxes))) }));
  const link = h("a", { class: "button", href: connectUrl(kind.kind, kind.serves) }, t("connections.connect", { label: kind.label }), icon("forward", "flips"));
  return h("div", { class: "connect-form" }, boxes, h("div", { class: "form-buttons" }, link));
}

/**
 * A kind that is connected by address and password.
 * @param {AccountKind} kind @param {(account: Account) => void} done @param {Account} [again] the account that is to be connected again
 */
export function passwordForm(kind, done, again) {
  const input = (/** @type {string} */ type, /** @type {Record<string, any>} */ props = {}) => h("input", { type, dir: "ltr", autocomplete: "off", spellcheck: "false", ...props });
  const controls = {
    address: input("email", { value: again?.address ?? "", required: true, readonly: Boolean(again), autocomplete: "email" }),
    password: input("password", { required: true, autocomplete: "new-password" }),
    username: input("text"),
    caldav: input("text", { inputmode: "url", placeholder: "https://" }),
    carddav: input("text", { inputmode: "url", placeholder: "https://" }),
  };
  const unencrypted = input("checkbox");
  const risk = h("label", { class: "choice", hidden: true }, unencrypted, t("connections.unencrypted"));
  const servers = Object.entries(MAIL_SERVERS).map(([name, port]) => ({
    name,
    host: input("text", { placeholder: `${name}.example.com` }),
    port: input("text", { inputmode: "numeric", value: String(port) }),
    tls: h("select", { onchange: () => (risk.hidden = servers.every(({ tls }) => tls.value !== "none")) }, TLS.map((each) => h("option", { value: each }, t(`connections.tls.${each}`)))),
  }));
  const body = () => {
    /** @type {Record<string, unknown>} */ const named = {};
    for (const name of /** @type {const} */ (["caldav", "carddav"])) if (controls[name].value.trim()) named[name] = controls[name].value.trim();
    for (const { name, host, port, tls } of servers) if (host.value.trim()) named[name] = { host: host.value.trim(), port: Number(port.value), tls: tls.value };
    const username = controls.username.value.trim();
    return { kind: kind.kind, address: controls.address.value.trim(), password: controls.password.value, ...(username ? { username } : {}), ...(Object.keys(named).length ? { servers: named } : {}), ...(!risk.hidden && unencrypted.checked ? { unencrypted: true } : {}) };
  };
  const fillIn = (/** @type {Servers} */ found) => {
    for (const name of /** @type {const} */ (["caldav", "carddav"])) controls[name].value = found[name] ?? "";
    for (const { name, host, port, tls } of servers) {
      const { [/** @type {"imap"} */ (name)]: server } = found;
      host.value = server?.host ?? "";
      if (server) [port.value, tls.value] = [String(server.port), server.tls];
    }
  };
  /** What is known of the provider of the address, before a password goes anywhere. */
  const look = async () => {
    const address = controls.address.value.trim();
    fill(known);
    if (!controls.address.validity.valid || !address) return;
    const found = await api.serversOf(kind.kind, address).catch(() => null);
    if (!found || address !== controls.address.value.trim()) return;
    fillIn(found.servers);
    const { provider, app_passwords: page, note, doubtful } = found;
    fill(known, note, note && " ", page && h("a", { href: page, target: "_blank", rel: "noopener noreferrer" }, t("connections.app_passwords", { provider })), doubtful.length > 0 && t("connections.doubtful", { hosts: doubtful.join(", ") }));
    if (doubtful.length) form.querySelector("details")?.setAttribute("open", "");
  };
  controls.address.addEventListener("change", look);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    complain(form);
    fill(tried);
    try {
      const account = await working(form, t("connections.connecting"), () => api.connect(body()));
      form.reset();
      done(account);
    } catch (error) {
      complain(form, error);
      if (!(error instanceof api.ApiError)) return;
      fill(tried, (error.details.checks ?? []).map(checkLine));
      if (error.code === "cannot_connect") form.querySelector("details")?.setAttribute("open", "");
      if (error.details.servers) fillIn(error.details.servers);
    }
  };
  const tried = h("ul", { class: "checks" });
  const known = h("p", { class: "hint", role: "status", dir: "auto" });
  const form = h(
    "form",
    { class: "connect-form", onsubmit: submit, "aria-label": again ? `${t("connections.reconnect")}: ${again.label}` : kind.label },
    field("address", t("connections.address"), controls.address),
    known,
    field("password", t("connections.password"), controls.password, t("connections.password_hint")),
    h(
      "details",
      { class: "more-fields" },
      h("summary", null, icon("chevron"), t("connections.servers")),
      h("p", { class: "hint" }, t("connections.servers_hint")),
      field("username", t("connections.username"), controls.username),
      field("servers.caldav", t("connections.caldav"), controls.caldav),
      field("servers.carddav", t("connections.carddav"), controls.carddav),
      servers.map(({ name, host, port, tls }) => h("fieldset", { class: "server" }, h("legend", null, t(`connections.${name}`)), field(`servers.${name}.host`, t("connections.host"), host), field(`servers.${name}.port`, t("connections.port"), port), field(`servers.${name}.tls`, t("connections.tls"), tls))),
      risk,
    ),
    problemLine(),
    tried,
    h("div", { class: "form-buttons" }, submitButton(t(again ? "connections.reconnect" : "connections.connect_now"))),
  );
  if (again) void look();
  return form;
}
