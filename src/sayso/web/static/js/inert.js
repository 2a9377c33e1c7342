/** Markup from the server as an inert document: nothing in it runs or loads. The only place that parses markup. */

/** @typedef {{createHTML: (markup: string) => string}} Policy */

/** Trusted Types: the content policy allows this one name. @type {Policy} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("sayso", { createHTML: (/** @type {string} */ markup) => markup }) ?? { createHTML: (markup) => markup };

/** @param {string} markup @param {"text/html"|"image/svg+xml"} type @returns {Document} */
export function inert(markup, type) {
  return new DOMParser().parseFromString(policy.createHTML(markup), type);
}
