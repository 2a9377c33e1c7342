/** After the yes: what has not left yet and can still be stopped, and what is done and can be taken back. */

import { ApiError } from "../api.js";
import * as decide from "../decide.js";
import { h, icon } from "../dom.js";
import { clockTime, dateTime, dayKey, has, now, t } from "../i18n.js";
import { announce, explain } from "../views/notices.js";

/** @import {Action} from "../types.js" */
/** @import {PlanCard} from "./card.js" */

/** Up to how many seconds ahead they are counted. */
const COUNTED = 600;
/** @type {ReturnType<typeof setInterval>|undefined} */ let counting;

/** When it leaves, and a button against that. @param {Action} action @param {PlanCard} card */
export function leaving(action, card) {
  const { status, runs_at: at } = action;
  if (status !== "held" || !at || card.plan.status !== "confirmed") return null;
  const dont = () => card.attempt("after", async () => {
    await decide.dontSend(card.plan);
    announce(t("held.stopped"));
  });
  counting ??= setInterval(count, 500);
  return h(
    "div",
    { class: "leaves" },
    icon("clock"),
    h("span", { role: "timer", title: dateTime(at), dataset: { leaves: at } }, leavesIn(at)),
    h("button", { type: "button", class: "button", dataset: { key: `hold-${action.id}` }, onclick: () => void dont() }, t(action.kind?.startsWith("event") ? "held.stop" : "held.dont_send")),
  );
}

/** @param {string} at */
function leavesIn(at) {
  const seconds = Math.ceil((Date.parse(at) - now().getTime()) / 1000);
  if (seconds <= 0) return t("held.now");
  if (seconds > COUNTED) return t("held.at", { when: dayKey(at) === dayKey(now()) ? clockTime(at) : dateTime(at) });
  return seconds < 60 ? t("held.in", { count: seconds }) : t("held.in_minutes", { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` });
}

/** Keep what is counted down true; without an interval where nothing is. */
function count() {
  const shown = document.querySelectorAll("[data-leaves]");
  for (const element of shown) element.textContent = leavesIn(/** @type {HTMLElement} */ (element).dataset.leaves ?? "");
  if (shown.length) return;
  clearInterval(counting);
  counting = undefined;
}

/** A button that takes it back, as long as it can be. @param {Action} action @param {PlanCard} card */
export function undoing(action, card) {
  const { id, status, undo } = action;
  const refused = card.refused.get(id);
  if (refused) return h("p", { class: "next", lang: "en", role: "status" }, icon("info"), " ", refused);
  if (status !== "succeeded" || !undo || undo.done) return null;
  const take = () => card.attempt("after", async () => {
    try {
      await decide.undo(card.plan, id);
      announce(t("action.state.undone"));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "not_undoable") throw error;
      const reason = String(error.details.actions?.[id] ?? "");
      card.refused.set(id, has(`undo.refused.${reason}`) ? t(`undo.refused.${reason}`) : reason || explain(error));
    }
  });
  return h("button", { type: "button", class: "button is-undo", dataset: { key: `undo-${id}` }, "aria-disabled": card.busy ? "true" : null, onclick: () => void take() }, icon("undo"), undo.label === "Undo" ? t("undo") : h("span", { lang: "en", dir: "auto" }, undo.label));
}
