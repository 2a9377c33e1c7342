/** Words, numbers and times in the user's language and zone. Another language is one more file in `i18n/`. */

/** @typedef {Record<string, string|Record<string, string>>} Catalog */

/** @type {Catalog} */ let catalog = {};
/** @type {Catalog} */ let english = {};
let language = "en";
let plurals = new Intl.PluralRules("en");
/** @type {string|undefined} */ let zone;
let skew = 0;

/** @param {string} tag @returns {Promise<Catalog|null>} */
async function load(tag) {
  const answer = await fetch(`/static/i18n/${tag}.json`);
  return answer.ok ? answer.json() : null;
}

/** Load the first language of `wanted` that there is. @param {readonly string[]} wanted */
export async function setLanguage(wanted) {
  const [known, base] = await Promise.all([languages(), english.language ? english : load("en")]);
  english = base ?? {};
  const tags = wanted.flatMap((tag) => [tag, tag.split("-")[0] ?? "en"]);
  language = tags.find((tag) => tag in known) ?? "en";
  catalog = language === "en" ? english : ((await load(language)) ?? english);
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  document.documentElement.dir = catalog.direction === "rtl" ? "rtl" : "ltr";
}

/** @type {Promise<Record<string, string>>|undefined} */ let listed;

/** The languages there are: tag → own name. @returns {Promise<Record<string, string>>} */
export function languages() {
  listed ??= fetch("/static/i18n/index.json").then(async (answer) => (answer.ok ? (await answer.json()).languages : { en: "English" }));
  return listed;
}

/** The language of the page: "en", "de", … */
export function currentLanguage() {
  return language;
}

/** Where and when the user is: the zone, and the product's clock against this machine's. @param {string|null|undefined} timezone @param {string|undefined} serverNow */
export function setClock(timezone, serverNow) {
  zone = timezone ?? undefined;
  if (serverNow) skew = Date.parse(serverNow) - Date.now();
}

/** The server said that this time has come: its clock is not behind it. @param {string} time */
export function notBefore(time) {
  skew = Math.max(skew, Date.parse(time) - Date.now());
}

/** The product's idea of now. */
export function now() {
  return new Date(Date.now() + skew);
}

/** The user's zone, as an IANA name. */
export function timezone() {
  return zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * The message `key`, with `{name}` replaced by `values.name`; `values.count` chooses the plural form.
 * @param {string} key @param {Record<string, string|number>} [values] @returns {string}
 */
export function t(key, values = {}) {
  let text = catalog[key] ?? english[key] ?? key;
  if (typeof text === "object") {
    const form = plurals.select(Number(values.count));
    text = text[form] ?? text.other ?? key;
  }
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Whether there is such a message. @param {string} key */
export function has(key) {
  return key in catalog || key in english;
}

/** The message in English, for what is sent to a model that reads English only. @param {string} key @returns {string} */
export function inEnglish(key) {
  const text = english[key];
  return typeof text === "string" ? text : key;
}

/** @type {Map<string, Intl.DateTimeFormat>} */ const formats = new Map();

/** @param {string|Date} time @param {Intl.DateTimeFormatOptions} options */
function format(time, options) {
  return formatOf(options).format(new Date(time));
}

/** The browser's own variant of the page's language, so that en-GB reads its dates as it is used to. */
function locale() {
  return navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
}

/** "3:00 PM" @param {string|Date} time */
export const clockTime = (time) => format(time, { hour: "numeric", minute: "2-digit" });

/** "Tue, Mar 10, 3:00 PM" @param {string|Date} time */
export const dateTime = (time) => format(time, { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });

/** The format for `options`, kept. @param {Intl.DateTimeFormatOptions} options */
function formatOf(options) {
  const key = JSON.stringify([language, zone, options]);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options })));
  return made;
}

/** @type {Intl.DateTimeFormatOptions} */ const CLOCK = { hour: "numeric", minute: "2-digit" };
/** @type {Intl.DateTimeFormatOptions} */ const DAY = { weekday: "short", month: "short", day: "numeric" };

/** From when to when: "Tue, Mar 10, 3:00 – 4:00 PM"; of whole days, of which the end is none any more, "Tue, Mar 10". @param {string} start @param {string} end @param {boolean} whole */
export function span(start, end, whole) {
  if (!whole) return formatOf({ ...DAY, ...CLOCK }).formatRange(new Date(start), new Date(end));
  const last = Math.max(Date.parse(start), Date.parse(end) - 86_400_000);
  return formatOf({ ...DAY, timeZone: "UTC" }).formatRange(new Date(start), new Date(last));
}

/** The same in another zone. @param {string} start @param {string} end @param {string} there */
export const spanIn = (start, end, there) => formatOf({ ...DAY, ...CLOCK, timeZone: there }).formatRange(new Date(start), new Date(end));

/** "3:00 – 4:00 PM" @param {string} start @param {string} end */
export const clockRange = (start, end) => formatOf(CLOCK).formatRange(new Date(start), new Date(end));

/** "3 PM" @param {Date} time */
export const hourName = (time) => format(time, { hour: "numeric" });

/** How many minutes past the hour it is on the user's clock. @param {Date} time */
export const minuteOf = (time) => Number(new Intl.DateTimeFormat("en", { timeZone: zone, minute: "numeric" }).format(time));

/** "Tue, Mar 10, 2026" of a plain date @param {string} day */
export const longDay = (day) => formatOf({ ...DAY, year: "numeric", timeZone: "UTC" }).format(new Date(day));

/** "Monday" @param {number} index from Monday on */
export const weekday = (index) => formatOf({ weekday: "long", timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 1 + index)));

/** "a, b, and c" @param {string[]} parts */
export const conjoined = (parts) => new Intl.ListFormat(language).format(parts);

/** "10 seconds", "5 minutes" @param {number} seconds */
export function duration(seconds) {
  const minutes = seconds >= 60 && seconds % 60 === 0;
  return new Intl.NumberFormat(locale(), { style: "unit", unit: minutes ? "minute" : "second", unitDisplay: "long" }).format(minutes ? seconds / 60 : seconds);
}

/** "120 kB" @param {number} size */
export function bytes(size) {
  const [unit, value] = size < 1000 ? ["byte", size] : size < 1_000_000 ? ["kilobyte", size / 1000] : ["megabyte", size / 1_000_000];
  return new Intl.NumberFormat(locale(), { style: "unit", unit: String(unit), maximumFractionDigits: Number(value) < 10 ? 1 : 0 }).format(Number(value));
}

/** "Mar 10" @param {string|Date} time */
export const shortDate = (time) => format(time, { month: "short", day: "numeric" });

/** "Mar 10, 2026" @param {string|Date} time */
export const longDate = (time) => format(time, { year: "numeric", month: "short", day: "numeric" });

/** The day as a key that sorts: 2026-03-10, in the user's zone. A plain date is its own key. @param {string|Date} time */
export function dayKey(time) {
  if (typeof time === "string" && time.length === 10) return time;
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(time));
}

/** "Today", "Tomorrow", "Wednesday", or with the date when it is further away. @param {string} key a day key */
export function dayName(key) {
  const days = Math.round((Date.parse(key) - Date.parse(dayKey(now()))) / 86_400_000);
  if (Math.abs(days) < 2) return capital(new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day"));
  /** @type {Intl.DateTimeFormatOptions} */
  const options = days > 0 && days < 7 ? { weekday: "long" } : { weekday: "short", month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...options }).format(new Date(`${key}T00:00:00Z`));
}

/** "now", "in 5 hours", "3 minutes ago" @param {string|Date} time */
export function relative(time) {
  const seconds = (new Date(time).getTime() - now().getTime()) / 1000;
  const size = Math.abs(seconds);
  const relativeFormat = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (size < 45) return relativeFormat.format(0, "second");
  if (size < 3600) return relativeFormat.format(Math.round(seconds / 60), "minute");
  if (size < 86_400 * 2) return relativeFormat.format(Math.round(seconds / 3600), "hour");
  return relativeFormat.format(Math.round(seconds / 86_400), "day");
}

/** "12,300" @param {number} value @param {number} [digits] behind the point */
export const number = (value, digits = 0) => new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** What something costs, in dollars: "$0.04" @param {number} value */
export const dollars = (value) => new Intl.NumberFormat(locale(), { style: "currency", currency: "USD", ...(value < 0.01 ? { maximumSignificantDigits: 1 } : {}) }).format(value);

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}
