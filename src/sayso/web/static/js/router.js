/**
 * Places in the page, kept in the address behind the #: "" (a new thread), "t/ID", "waiting", "activity",
 * "connections", "connections/CODE" (what went wrong with a new one), "settings", "audit".
 */

/** @typedef {{name: "thread"|"waiting"|"activity"|"connections"|"settings"|"audit", id: string|null}} Route */

const VIEWS = new Set(["waiting", "activity", "connections", "settings", "audit"]);

/** @returns {Route} */
export function route() {
  const [name = "", id] = location.hash.replace(/^#\/?/, "").split("/");
  if (name === "t" && id) return { name: "thread", id: decodeURIComponent(id) };
  if (VIEWS.has(name)) return { name: /** @type {Route["name"]} */ (name), id: id || null };
  return { name: "thread", id: null };
}

/** @param {string} path @param {{quiet?: boolean}} [options] quiet: the view is there already */
export function go(path, { quiet = false } = {}) {
  if (!quiet) location.hash = `#/${path}`;
  else {
    history.pushState(null, "", `#/${path}`);
    dispatchEvent(new Event("routed"));
  }
}

/** @param {(route: Route) => void} listener */
export function onRoute(listener) {
  addEventListener("hashchange", () => listener(route()));
  addEventListener("routed", () => listener(route()));
}
