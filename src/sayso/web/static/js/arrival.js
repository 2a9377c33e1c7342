/**
 * Addresses that bring something: "#/signin/CODE", how a sign-in ended, and "#/device/CODE", a link that signs this browser in.
 * What they bring leaves the address, and the browser's history, at once.
 */

/** @typedef {{kind: "signin"|"device", code: string}} Arrival */

/** What the address brings, if anything. The place that was left for the sign-in takes its place. @returns {Arrival|null} */
export function arrived() {
  const [, kind, code = ""] = /^#\/(signin|device)\/([\w-]+)$/.exec(location.hash) ?? [];
  if (!kind) return null;
  history.replaceState(null, "", sessionStorage.getItem("return") || "#/");
  return { kind: /** @type {Arrival["kind"]} */ (kind), code };
}

/** Hear of what is brought while the page is open. @param {(arrival: Arrival) => void} listener */
export function whenArriving(listener) {
  addEventListener("hashchange", () => {
    const arrival = arrived();
    if (arrival) listener(arrival);
  });
}
