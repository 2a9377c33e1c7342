/** The page begins here: language, session, then the shell or the way in. */

import { arrived, whenArriving } from "./arrival.js";
import { on } from "./bus.js";
import * as connection from "./connection.js";
import { sendUnsent } from "./conversation.js";
import { watchHeld } from "./decide.js";
import { byId, fill, h, loadIcons } from "./dom.js";
import { setLanguage, t } from "./i18n.js";
import { watchWaiting } from "./notify.js";
import * as plans from "./plans.js";
import { listen, refresh, session, signedOutBy } from "./session.js";
import { isEntering, showEnter } from "./views/enter.js";
import { toast, watchConnection } from "./views/notices.js";
import { buildShell } from "./views/shell.js";
import { hideSignIn, outcomeWords, showSignIn } from "./views/signin.js";

/** @import {Arrival} from "./arrival.js" */

let built = false;
/** @type {Arrival|null} what the address brought, taken out of it before anything else */ let arrival = arrived();

/** The languages to try, best first. */
function wanted() {
  return [localStorage.getItem("language"), session()?.user?.locale, ...navigator.languages].filter((tag) => typeof tag === "string");
}

function show() {
  const brought = arrival;
  arrival = null;
  if (!session()) return wayIn(brought);
  hideSignIn();
  build();
  if (brought?.kind === "device") toast(t("enter.already"), { seconds: 15 });
  else if (brought) toast(outcomeWords(brought.code).join(" "), { error: true, seconds: 15 });
}

/** @param {Arrival|null} brought */
function wayIn(brought) {
  if (brought?.kind === "device") return showEnter(brought.code);
  if (!brought && isEntering()) return showEnter();
  const ended = ["session_expired", "session_unknown"].includes(signedOutBy()) ? signedOutBy() : built ? "no_session" : undefined;
  void showSignIn({ ended, outcome: brought?.code });
}

function build() {
  if (built) return;
  built = true;
  const back = sessionStorage.getItem("return");
  sessionStorage.removeItem("return");
  if (back) history.replaceState(null, "", back);
  buildShell(() => location.reload());
  plans.watch();
  watchHeld();
  watchWaiting();
  sendUnsent();
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
  whenArriving((next) => {
    arrival = next;
    show();
  });
}

void start();
