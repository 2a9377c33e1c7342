/** The page begins here: language, session, then the shell or the way in. */

import { on } from "./bus.js";
import { byId, fill, h, loadIcons } from "./dom.js";
import { setLanguage, t } from "./i18n.js";
import * as connection from "./connection.js";
import { watchWaiting } from "./notify.js";
import * as plans from "./plans.js";
import { listen, refresh, session } from "./session.js";
import { buildShell } from "./views/shell.js";
import { hideSignIn, showSignIn } from "./views/signin.js";
import { watchConnection } from "./views/notices.js";

let built = false;
/** @type {string|null} */ let user = null;

/** The languages to try, best first. */
function wanted() {
  return [localStorage.getItem("language"), session()?.user?.locale, ...navigator.languages].filter((tag) => typeof tag === "string");
}

function show() {
  const current = session();
  if (!current) {
    void showSignIn(user !== null);
    return;
  }
  hideSignIn();
  if (user !== null && user !== current.user.id) location.reload();
  user = current.user.id;
  if (built) return;
  built = true;
  const back = sessionStorage.getItem("return");
  sessionStorage.removeItem("return");
  if (back) history.replaceState(null, "", back);
  buildShell(() => location.reload());
  plans.watch();
  watchWaiting();
  void plans.refreshPending().catch(() => {});
}

/** Where a keyboard lies over the page (Safari), the page keeps to what is seen of it. */
function keepInSight() {
  const seen = globalThis.visualViewport;
  seen?.addEventListener("resize", () => {
    if (seen.scale > 1) return; // enlarged by hand
    document.body.style.height = seen.height < innerHeight - 1 ? `${seen.height}px` : "";
    scrollTo(0, 0);
  });
}

async function start() {
  keepInSight();
  const asked = refresh();
  asked.catch(() => {}); // looked at below, when there are words for it
  await Promise.all([setLanguage(wanted()), loadIcons()]);
  watchConnection();
  listen((id) => void plans.settle(id));
  try {
    await asked;
  } catch {
    fill(byId("app"), h("p", { class: "hint" }, t("connection.unreachable", { count: 0 })));
    await connection.ready();
    await refresh();
  }
  const locale = session()?.user?.locale;
  if (locale && !localStorage.getItem("language")) await setLanguage(wanted());
  document.documentElement.dataset.ready = "";
  show();
  on("session", show);
}

void start();
