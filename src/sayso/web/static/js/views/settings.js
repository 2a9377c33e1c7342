/** What the user can set, see and take back: the account, this page, what is remembered, the model, sessions, data. */

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { currentLanguage, dateTime, duration, languages, relative, setLanguage, t, timezone } from "../i18n.js";
import { notifying, setNotifying } from "../notify.js";
import { changed, left, session } from "../session.js";
import { identitiesGroup } from "./identities.js";
import { ModelGroup } from "./model.js";
import { toast } from "./notices.js";
import { attempt, group, listing, row, valueOf } from "./rows.js";
import { sessionsGroup } from "./sessions.js";
import { tokensGroup } from "./tokens.js";

/** @import {Memory, User} from "../types.js" */

/** How long the page waits for all that it shows. */
const PATIENCE_MS = 1500;
/** What one can choose as the time for which mail is held back, in seconds. */
const HOLDS = new Set([0, 5, 10, 30, 60, 300]);

export class SettingsView {
  /** @param {() => void} redrawPage called when the language has changed */
  constructor(redrawPage) {
    this.redrawPage = redrawPage;
    this.model = new ModelGroup();
    this.element = h("div", { class: "page settings" });
  }

  /** It is drawn when all of it is there: what came in later would push away what somebody is about to click. */
  async show() {
    const asked = [this.memories(), identitiesGroup(), sessionsGroup(), tokensGroup()];
    const whole = Promise.all([this.model.show(), ...asked.map(([, loaded]) => loaded)]);
    const listed = await languages();
    await Promise.race([whole, api.pause(PATIENCE_MS)]);
    const [memories, ...access] = asked.map(([element]) => element);
    fill(this.element, this.you(listed), this.page(), memories, this.model.element, this.connections(), access, this.data());
  }

  /** @param {Record<string, string>} listed */
  you(listed) {
    const user = session()?.user;
    const zones = Intl.supportedValuesOf("timeZone");
    const here = timezone();
    const options = zones.includes(here) ? zones : [here, ...zones];
    const hold = user?.hold_seconds;
    const holds = [null, ...HOLDS, ...(hold && !HOLDS.has(hold) ? [hold] : [])];
    const holdName = (/** @type {number|null} */ seconds) => (seconds === null ? t("settings.hold.default") : seconds ? duration(seconds) : t("settings.hold.none"));
    return group(
      "person",
      "settings.you",
      row("settings.name", h("input", { type: "text", value: user?.name ?? "", maxlength: 200, dir: "auto", autocomplete: "name", onchange: (/** @type {Event} */ event) => void this.save({ name: valueOf(event) }) })),
      user?.email && h("div", { class: "row" }, h("span", null, t("settings.email")), h("span", { class: "value" }, user.email)),
      row("settings.addresses", h("input", { type: "email", multiple: true, value: (user?.addresses ?? []).join(", "), autocomplete: "email", onchange: (/** @type {Event} */ event) => void this.save({ addresses: valueOf(event).split(",").map((each) => each.trim()).filter(Boolean) }) }), "settings.addresses_hint"),
      row("settings.timezone", h("select", { onchange: (/** @type {Event} */ event) => void this.save({ timezone: valueOf(event) }) }, options.map((zone) => h("option", { value: zone, selected: zone === here }, zone.replaceAll("_", " "))))),
      hold !== undefined && row("settings.hold", h("select", { onchange: (/** @type {Event} */ event) => void this.save({ hold_seconds: valueOf(event) === "" ? null : Number(valueOf(event)) }) }, holds.map((seconds) => h("option", { value: seconds ?? "", selected: seconds === hold }, holdName(seconds)))), "settings.hold_hint"),
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

  /** @returns {[HTMLElement, Promise<void>]} it, and when it is whole */
  memories() {
    const list = h("ul", { class: "memory-list" });
    const load = () =>
      listing(list, async () => {
        const { memories } = await api.memories();
        return memories.length ? memories.map((entry) => this.memoryLine(entry, load)) : h("li", { class: "row hint" }, t("settings.memories_none"));
      });
    return [group("note", "settings.memories", list), load()];
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
    return group("link", "nav.connections", h("a", { class: "row", href: "#/connections" }, h("span", null, t("settings.connections"), h("small", null, t("settings.connections_hint"))), icon("forward", "flips")));
  }

  data() {
    const email = session()?.user.email ?? "";
    const field = h("input", { type: "text", id: "delete-confirm", autocomplete: "off", spellcheck: "false" });
    const remove = async (/** @type {Event} */ event) => {
      event.preventDefault();
      await attempt(async () => {
        await api.deleteMe(field.value.trim());
        left();
      });
    };
    return group(
      "shield",
      "settings.data",
      h("div", { class: "row" }, h("span", null, t("settings.export"), h("small", null, t("settings.export_hint"))), h("a", { class: "button", href: "/me/export", download: "sayso-export.json" }, icon("download"), t("settings.download"))),
      h("a", { class: "row", href: "#/audit" }, h("span", null, t("audit.title"), h("small", null, t("audit.lead"))), icon("forward", "flips")),
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
