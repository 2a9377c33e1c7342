/** What waits, told outside of the page: in its title, on its icon, and, when the user asked for it, as a notification. */

import { on } from "./bus.js";
import { t } from "./i18n.js";
import * as plans from "./plans.js";

/** @import {Plan} from "./types.js" */

const KEY = "notifications";
/** @type {Set<string>} */ const told = new Set();

/** Whether the user asked for notifications and the browser allows them. */
export function notifying() {
  return localStorage.getItem(KEY) === "on" && "Notification" in globalThis && Notification.permission === "granted";
}

/** @param {boolean} wanted @returns {Promise<boolean>} whether they are on now */
export async function setNotifying(wanted) {
  if (wanted && "Notification" in globalThis && Notification.permission !== "granted") await Notification.requestPermission();
  localStorage.setItem(KEY, wanted ? "on" : "off");
  return notifying();
}

function update() {
  const waiting = plans.pending();
  document.title = waiting.length ? t("title.waiting", { count: waiting.length }) : t("title");
  for (const plan of waiting) {
    if (told.has(plan.id)) continue;
    told.add(plan.id);
    if (document.hidden && notifying()) notify(plan);
  }
}

/** @param {Plan} plan */
function notify(plan) {
  const notification = new Notification(t("notify.title"), { body: plan.question ?? "", tag: plan.id, icon: "/static/favicon.svg" });
  notification.onclick = () => {
    focus();
    location.hash = `#/t/${encodeURIComponent(plan.thread_id)}`;
    notification.close();
  };
}

export function watchWaiting() {
  on("pending", update);
  update();
}
