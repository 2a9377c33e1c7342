/** By what the user signs in: each way by name, to take it away, and those that can be added. */

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { attempt, group, listing } from "./rows.js";

/** @import {Identity, Provider} from "../types.js" */

/** The local user's own way, which stays. */
const LOCAL = "local";

/** Hidden where the machine's own user is the only one who can sign in. @returns {[HTMLElement, Promise<void>]} it, and when it is whole */
export function identitiesGroup() {
  const list = h("ul", { class: "identity-list" });
  const more = h("div", { class: "row is-end" });
  const element = group("shield", "identities.title", list, more);
  element.hidden = true;
  const load = () =>
    listing(list, async () => {
      const [{ providers }, { identities }] = await Promise.all([api.providers(), api.identities()]);
      const others = providers.filter(({ id }) => id !== LOCAL);
      const left = others.filter(({ id }) => !identities.some((way) => way.provider === id));
      element.hidden = others.length === 0;
      more.hidden = left.length === 0;
      fill(more, left.map(addition));
      return identities.map((way) => line(way, identities, load));
    });
  return [element, load()];
}

/** @param {Identity} way @param {Identity[]} all @param {() => Promise<void>} reload */
function line({ id, provider, label, email }, all, reload) {
  const usable = all.filter((way) => way.provider);
  const stays = provider === LOCAL || (provider && usable.length === 1);
  const remove = () => attempt(() => api.removeIdentity(id).finally(reload));
  const fact = provider === LOCAL ? t("identities.local") : provider ? email : t("identities.gone");
  return h(
    "li",
    { class: "row" },
    h("span", null, h("span", { class: "named", dir: "auto" }, label), fact && h("small", null, fact)),
    !stays && h("span", { class: "row-tools" }, h("button", { type: "button", class: "quiet", "aria-label": t("identities.remove_this", { label, email }), onclick: () => void remove() }, t("connections.remove"))),
  );
}

/** @param {Provider} provider */
function addition({ id = "", name }) {
  const add = () =>
    attempt(async () => {
      const { authorization_url: url } = await api.addIdentity(id, "/#/settings");
      sessionStorage.setItem("return", location.hash); // where it is told if it fails there
      location.assign(url);
    });
  return h("button", { type: "button", class: "button", onclick: () => void add() }, icon("plus"), t("identities.add", { name }));
}
