// Data only ever becomes text nodes and attributes, so nothing that people write is taken for HTML.

/** @typedef {Node | string | number | false | null | undefined} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/** @type {Intl.DateTimeFormatOptions} */
export const CLOCK = { hour: "2-digit", minute: "2-digit" };
/** @type {Intl.DateTimeFormatOptions} */
export const SECONDS = { ...CLOCK, second: "2-digit" };
/** @type {Intl.DateTimeFormatOptions} */
export const DATE = { month: "short", day: "numeric" };
/** @type {Intl.DateTimeFormatOptions} */
export const LONG_DATE = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
/** @type {Intl.NumberFormatOptions} */
export const BYTES = { notation: "compact", style: "unit", unit: "byte", unitDisplay: "narrow" };

const LONG_NAME = 24;
const TAIL = 10;

/**
 * The element of the page with this id.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {{ new (): T }} [type]
 * @returns {T}
 */
export function $(id, type) {
  const found = document.getElementById(id);
  if (!found || (type && !(found instanceof type))) throw new Error(`the page lacks ${id}`);
  return /** @type {T} */ (found);
}

/**
 * @param {string} name
 * @param {Attributes} attributes Those that are undefined, null or false are left out.
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(name, attributes, ...children) {
  const space = name === "svg" || name === "use" ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const element = document.createElementNS(space, name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(attribute, value === true ? "" : `${value}`);
  }
  for (const child of children.flat()) {
    if (child || child === 0) element.append(child instanceof Node ? child : `${child}`);
  }
  return /** @type {HTMLElement} */ (element);
}

/** @param {string} className @param {...(Child | Child[])} children */
export const p = (className, ...children) => h("p", { class: className }, ...children);

/** @param {string} className @param {...(Child | Child[])} children */
export const span = (className, ...children) => h("span", { class: className }, ...children);

/** @param {string} name */
export const icon = (name) => h("svg", { "aria-hidden": "true" }, h("use", { href: `#icon-${name}` }));

/** @param {Child | Child[]} label @param {Attributes} attributes */
export const button = (label, attributes) => h("button", { type: "button", class: "primary", ...attributes }, label);

/** @param {string} name @param {string} label @param {string} [picture] */
export function sign(name, label, picture = name) {
  return h("span", { class: `sign ${name}`, role: "img", "aria-label": label, title: label }, icon(picture));
}

/** @param {string} at @param {Intl.DateTimeFormatOptions} format */
export function time(at, format) {
  const date = new Date(at);
  return h("time", { datetime: at, title: date.toLocaleString() }, date.toLocaleString([], format));
}

/** @param {string} at */
export function isToday(at) {
  return new Date(at).toDateString() === new Date().toDateString();
}

/** @param {number} unread */
export function badge(unread) {
  return unread > 0 && h("span", { class: "badge", role: "img", "aria-label": `${unread} unread` }, unread);
}

/** @param {string} name @param {boolean} [isGroup] */
export function avatar(name, isGroup = false) {
  const initials = (name.match(/(?<!\p{L})\p{L}/gu) ?? []).slice(0, 2).join("").toUpperCase();
  const attributes = { class: `avatar ${isGroup ? "group" : ""}`, "data-hue": hue(name), "aria-hidden": "true" };
  return h("span", attributes, initials || icon(isGroup ? "group" : "person"));
}

/** @param {string} name */
export function hue(name) {
  return [...name].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973, 7) % 8;
}

/**
 * A name in a narrow column. What tells long names apart mostly stands at their end, so they are shortened before that.
 * @param {string} name
 */
export function shortName(name) {
  const characters = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment);
  if (characters.length <= LONG_NAME) return h("span", { class: "name", title: name }, name);
  const [head, tail] = [characters.slice(0, -TAIL).join(""), characters.slice(-TAIL).join("")];
  return h("span", { class: "name long", title: name }, span("head", head), span("tail", tail));
}

/** @param {string} text @param {number} [colour] */
export function tag(text, colour) {
  return h("span", { class: "tag", "data-hue": colour }, text);
}

/** @param {string} text @param {string} [copied] @param {string} [label] */
export function code(text, copied = text, label = "Code") {
  const copy = h("button", { type: "button", "data-action": "copy", "data-text": copied }, "Copy");
  // Who has no mouse scrolls it by keyboard.
  return h("div", { class: "code" }, h("pre", { tabindex: 0, role: "group", "aria-label": label }, text), copy);
}

/** @param {Child} picture @param {string} title @param {...(string | null | undefined)} lines */
export function card(picture, title, ...lines) {
  const details = lines.filter(Boolean).map((line) => span("quiet", line));
  return span("card", picture, span("grow", span("name", title), details));
}
