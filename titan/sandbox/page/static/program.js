// Programs to copy, which run as they are.

import { code, h } from "./elements.js";
import { view } from "./state.js";

/** @param {string} call Python, which may use `client`. */
export function program(call) {
  const client = `client = TitanClient(\n    "${location.origin}",\n    api_key="${view.apiKey}",\n)`;
  return h("div", { class: "program" }, code(`from titan import TitanClient\n\n${client}\n${call}`, undefined, "Program"));
}
