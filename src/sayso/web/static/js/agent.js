/** What a browser says of itself, as one would say it. */

import { t } from "./i18n.js";

const BROWSERS = /** @type {Record<string, string>} */ ({ Edg: "Edge", OPR: "Opera", "python-httpx": "Terminal", "python-httpx2": "Terminal", sayso: "Terminal" });

/** @param {string} agent */
function system(agent) {
  return (/(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1] ?? "").replace("Mac OS X", "Mac");
}

/** "Firefox, Linux" @param {string} agent */
export function browserName(agent) {
  const [, name] = /(Edg|OPR|Firefox|Chrome|Safari|curl|python-httpx|sayso)/i.exec(agent.replace(/Chrome.*(Edg|OPR)/, "$1")) ?? [];
  if (!name) return agent.slice(0, 40) || t("activity.other_browser");
  return [BROWSERS[name] ?? name, system(agent)].filter(Boolean).join(", ");
}

/** What its owner may call the device: "iPhone". @param {string} agent */
export const deviceName = (agent) => system(agent) || browserName(agent);
