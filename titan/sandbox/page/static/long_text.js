// The snapshot has the beginning of a long text. What a reader asked to see of the rest is kept here.

import { h, p, span } from "./elements.js";
import { fetchWhole } from "./sandbox.js";

/** A browser lays out a block at a time, and only those in sight. */
const CHARACTERS_OF_A_BLOCK = 2000;

/** Blocks of whole texts, by the key of what they belong to. @type {Map<string, string[]>} */
const wholes = new Map();

/**
 * @param {string} key
 * @param {string} start
 * @param {number} leftOut How many characters did not come.
 * @param {Record<string, string>} of What identifies it to the sandbox.
 * @returns {HTMLElement[]} The text, and a button that brings the rest.
 */
export function longText(key, start, leftOut, of) {
  const blocks = wholes.get(key);
  // Another start: it was edited since.
  if (blocks && start.startsWith(blocks[0]?.slice(0, start.length) ?? "")) {
    return [h("div", { class: "text whole" }, blocks.map((block) => span("block", block)))];
  }
  const attributes = { type: "button", class: "more", "data-action": "showAll", "data-whole": key, ...data(of) };
  return [
    p("text", `${start}…`),
    h("button", attributes, `Show all (${leftOut.toLocaleString()} characters more)`),
  ];
}

/** @param {DOMStringMap} pressed */
export async function loadWhole({ whole = "", of = "{}" }) {
  wholes.set(whole, split(await fetchWhole(JSON.parse(of))));
}

/** @param {Record<string, string>} of */
const data = (of) => ({ "data-of": JSON.stringify(of) });

/** @param {string} text */
function split(text) {
  const blocks = [];
  for (let at = 0; at < text.length; at += blocks.at(-1)?.length ?? 0) {
    const block = text.slice(at, at + CHARACTERS_OF_A_BLOCK);
    const isLast = at + block.length >= text.length;
    // Between words where there are any, and never within a character of two code units.
    const words = /^[^]*\s/.exec(block)?.[0];
    blocks.push(isLast ? block : (words ?? block.replace(/[\uD800-\uDBFF]$/, "")));
  }
  return blocks;
}
