/** What the user can set, see and take back: the account, this page, what is remembered, sessions, connections, data. */

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { currentLanguage, dateTime, languages, relative, setLanguage, t, timezone } from "../i18n.js";
import { notifying, setNotifying } from "../notify.js";
import { changed, session, signOut } from "../session.js";
import { browserName } from "./activity.js";
import { explain, toast } from "./notices.js";

/** @import {Child} from "../dom.js" */
/** @import {Memory, SessionEntry, User} from "../types.js" */

export class SettingsView {
  /** @param {() => void} redrawPage called when the language has changed */
  constructor(redrawPage) {
    this.redrawPage = redrawPage;
    this.element = h("div", { class: "page settings" });
  }

  async show() {
    const listed = await languages();
    fill(this.element, this.you(listed), this.page(), this.memories(), this.connections(), this.sessions(), this.data());
  }

  /** @param {Record<string, string>} listed */
  you(listed) {
    const user = session()?.user;
    const zones = Intl.supportedValuesOf("timeZone");
    const here = timezone();
    const options = zones.includes(here) ? zones : [here, ...zones];
    return group(
      "person",
      "settings.you",
      row("settings.name", h("input", { type: "text", value: user?.name ?? "", maxlength: 200, dir: "auto", autocomplete: "name", onchange: (/** @type {Event} */ event) => void this.save({ name: valueOf(event) }) })),
      user?.email && h("div", { class: "row" }, h("span", null, t("settings.email")), h("span", { class: "value" }, user.email)),
      row("settings.addresses", h("input", { type: "email", multiple: true, value: (user?.addresses ?? []).join(", "), autocomplete: "email", onchange: (/** @type {Event} */ event) => void this.save({ addresses: valueOf(event).split(",").map((each) => each.trim()).filter(Boolean) }) }), "settings.addresses_hint"),
      row("settings.timezone", h("select", { onchange: (/** @type {Event} */ event) => void this.save({ timezone: valueOf(event) }) }, options.map((zone) => h("option", { value: zone, selected: zone === here }, zone.replaceAll("_", " "))))),
      row("settings.language", h("select", { onchange: (/** @type {Event} */ event) => void this.speak(valueOf(event)) }, Object.entries(listed).map(([tag, name]) => h("option", { value: tag, lang: tag, selected: tag === currentLanguage() }, name)))),
    );
  }

  page() {
    const theme = localStorage.getItem("theme") ?? "auto";
    const choose = (/** @type {Event} */ event) => {
      const value = valueOf(event);
      localStorage.setItem("theme", value);
      document.documentElement.dataset.theme = value;
    };
    const themes = ["auto", "light", "dark"].map((name) => h("label", null, h("input", { type: "radio", name: "theme", value: name, checked: name === theme, onchange: choose }), h("span", null, t(`settings.theme.${name}`))));
    const notify = async (/** @type {Event} */ event) => {
      const box = /** @type {HTMLInputElement} */ (event.target);
      const wanted = box.checked;
      box.checked = await setNotifying(wanted);
      if (wanted && !box.checked) toast(t("settings.notifications_blocked"), { error: true });
    };
    return group(
      "sun",
      "settings.page",
      h("fieldset", { class: "row" }, h("legend", null, t("settings.theme")), h("span", { class: "segments" }, themes)),
      row("settings.notifications", h("input", { type: "checkbox", class: "switch", role: "switch", checked: notifying(), onchange: notify }), "settings.notifications_hint"),
    );
  }

  memories() {
    const list = h("ul", { class: "memory-list" });
    const load = async () => {
      try {
        const { memories } = await api.memories();
        fill(list, memories.length ? memories.map((entry) => this.memoryLine(entry, load)) : h("li", { class: "row hint" }, t("settings.memories_none")));
      } catch (error) {
        fill(list, h("li", { class: "row hint" }, explain(/** @type {Error} */ (error))));
      }
    };
    void load();
    return group("note", "settings.memories", list);
  }

  /** @param {Memory} entry @param {() => Promise<void>} reload */
  memoryLine(entry, reload) {
    const forget = () => attempt(() => api.forget(entry.id).finally(reload)); // it may be gone already
    const label = t("settings.forget_this", { text: entry.text });
    return h(
      "li",
      { class: "row" },
      h("span", null, h("span", { class: "remembered", dir: "auto" }, entry.text), entry.kind === "signature" && h("span", { class: "tag" }, t("settings.signature")), h("small", { title: dateTime(entry.created_at) }, relative(entry.created_at))),
      h("button", { type: "button", class: "quiet", "aria-label": label, onclick: () => void forget() }, t("settings.forget")),
    );
  }

  connections() {
    const { model, connections = [] } = session() ?? {};
    const lines = connections.map((item) => {
      const { name, provider = "", account = "", status = "ok", message = "" } = item;
      const title = t(`connection.${name}`);
      return h("div", { class: "row" }, h("span", null, title), h("span", { class: "value" }, [provider, account].filter(Boolean).join(" · "), h("span", { class: `state-${status === "ok" ? "succeeded" : "failed"}` }, icon(status === "ok" ? "check" : "warning"), t(status === "ok" ? "settings.connected" : "settings.trouble")), message && h("small", null, message)));
    });
    return group(
      "link",
      "settings.connections",
      model && h("div", { class: "row" }, h("span", null, t("settings.model"), model.offline && h("small", null, t("settings.model_offline"))), h("span", { class: "value" }, model.name)),
      lines,
    );
  }

  sessions() {
    const list = h("ul", { class: "session-list" });
    const load = async () => {
      try {
        const { sessions } = await api.sessions();
        fill(list, sessions.map((entry) => this.sessionLine(entry, load)));
      } catch (error) {
        fill(list, h("li", { class: "hint" }, explain(/** @type {Error} */ (error))));
      }
    };
    void load();
    return group("device", "settings.sessions", list, h("div", { class: "row is-end" }, h("button", { type: "button", class: "button", onclick: () => void attempt(signOut) }, icon("leave", "flips"), t("settings.sign_out"))));
  }

  /** @param {SessionEntry} entry @param {() => Promise<void>} reload */
  sessionLine(entry, reload) {
    const revoke = () => attempt(() => api.revokeSession(entry.id).finally(reload));
    return h(
      "li",
      { class: "row" },
      h("span", null, browserName(entry.user_agent ?? ""), entry.current && h("span", { class: "tag" }, t("settings.this_session")), h("small", { title: dateTime(entry.created_at) }, t("settings.signed_in", { when: relative(entry.created_at) }))),
      !entry.current && h("button", { type: "button", class: "quiet", onclick: () => void revoke() }, t("settings.revoke")),
    );
  }

  data() {
    const email = session()?.user.email ?? "";
    const field = h("input", { type: "text", id: "delete-confirm", autocomplete: "off", spellcheck: "false" });
    const remove = async (/** @type {Event} */ event) => {
      event.preventDefault();
      await attempt(async () => {
        await api.deleteMe(field.value.trim());
        location.hash = "#/";
        location.reload();
      });
    };
    return group(
      "shield",
      "settings.data",
      h("div", { class: "row" }, h("span", null, t("settings.export"), h("small", null, t("settings.export_hint"))), h("a", { class: "button", href: "/me/export", download: "sayso-export.json" }, icon("download"), t("settings.download"))),
      h("details", { class: "danger" }, h("summary", null, icon("chevron"), t("settings.delete")), h("form", { onsubmit: remove }, h("p", null, t("settings.delete_hint")), h("label", { for: "delete-confirm" }, t("settings.delete_type", { email })), field, h("button", { type: "submit", class: "button is-danger" }, icon("trash"), t("settings.delete_now")))),
    );
  }

  /** @param {Partial<User>} changes */
  save(changes) {
    return attempt(async () => {
      changed(await api.updateMe(changes));
      toast(t("settings.saved"), { seconds: 2 });
    });
  }

  /** @param {string} tag */
  async speak(tag) {
    localStorage.setItem("language", tag);
    await setLanguage([tag]);
    await this.save({ locale: tag });
    this.redrawPage();
  }
}

/** @param {Event} event */
function valueOf(event) {
  return /** @type {HTMLInputElement} */ (event.target).value;
}

/** @param {string} drawing @param {string} key @param {...Child} rows */
function group(drawing, key, ...rows) {
  return h("section", { class: "group" }, h("h2", null, icon(drawing), t(key)), h("div", { class: "rows" }, rows));
}

/** @param {string} key @param {HTMLElement} control @param {string} [hint] */
function row(key, control, hint) {
  return h("label", { class: "row" }, h("span", null, t(key), hint && h("small", null, t(hint))), control);
}

/** @param {() => Promise<void>} work */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    toast(explain(/** @type {Error} */ (error)), { error: true });
  }
}
