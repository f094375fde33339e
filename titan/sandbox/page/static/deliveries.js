// The webhooks, and what is posted to them.

import { button, code, h, p, SECONDS, span, tag, time } from "./elements.js";
import { longText } from "./long_text.js";
import { program } from "./program.js";
import { view } from "./state.js";
/** @import { Delivery, Webhook } from "./state.js" */

/** @param {Webhook} webhook */
export function webhookRow({ id, url, events, session, label, enabled }) {
  const what = events.length > 0 && !events.includes("*") ? events.join(", ") : "All events";
  return h("li", { "data-key": id },
    span("line", span("name grow", label || `Webhook ${id}`), enabled === false && tag("Disabled")),
    span("url", url),
    span("quiet", `${what} of ${session ?? "all sessions"}`));
}

export function deliveryRows() {
  const deliveries = view.deliveries.length > 0 ? view.deliveries.map(deliveryRow) : [noDeliveries()];
  return [...view.warnings.map(warningRow), ...deliveries];
}

/** @param {string} warning */
function warningRow(warning) {
  return h("li", { "data-key": warning, class: "empty" }, p("name", warning));
}

/** @param {{ status: number | null, error: string | null }} attempt */
function outcome({ status, error }) {
  return [status, error].filter(Boolean).join(", ");
}

/** @param {Delivery} delivery */
function deliveryRow(delivery) {
  const { id, event, url, status, session, attempts, signature } = delivery;
  const last = attempts.at(-1);
  const tries = attempts.length === 1 ? "1 attempt" : `${attempts.length} attempts`;
  return h("li", { "data-key": id },
    h("details", { class: `delivery ${status}` },
      h("summary", {},
        span("line", span("name grow", event), last && time(last.at, SECONDS)),
        span("url", url),
        span("line quiet",
          span("outcome", last ? `${status}: ${outcome(last)}` : status),
          span("grow", tries),
          session)),
      again(delivery),
      h("h3", {}, "Attempts"),
      h("ol", {}, attempts.map((attempt) =>
        h("li", {}, time(attempt.at, SECONDS), ` ${outcome(attempt)} `, span("quiet", inTime(attempt.seconds))))),
      h("h3", {}, "X-Webhook-Signature"),
      code(signature, signature, "Signature"),
      h("h3", {}, "Body"),
      bodyOf(delivery)));
}

/** @param {Delivery} delivery */
function again({ id, webhookId }) {
  const webhook = view.webhooks.find((each) => each.id === webhookId);
  if (!webhook) return p("quiet", "Its webhook was deleted.");
  if (!webhook.enabled) return p("quiet", "Its webhook is disabled.");
  const action = { class: "more", "data-action": "redeliver", "data-delivery": id };
  return h("div", { class: "again" },
    button("Send again", { ...action, title: "The same event once more, as when Titan did not hear that it came" }),
    button("Send as a new event", {
      ...action, "data-as-new": true, title: "With another id and time, as after a reconnection",
    }));
}

/** @param {Delivery} delivery */
function bodyOf({ id, body, charactersLeftOut }) {
  if (!charactersLeftOut) return code(JSON.stringify(JSON.parse(body), null, 2), body, "Body");
  const text = longText(`delivery ${id}`, body, charactersLeftOut, { delivery: id });
  return h("div", { class: "code long", tabindex: 0, role: "group", "aria-label": "Body" }, text);
}

/** @param {number} seconds */
const inTime = (seconds) => `in ${Math.ceil(seconds * 1000)} ms`;

function noDeliveries() {
  const fields = ['"url": "http://127.0.0.1:8000/hook"', '"events": ["*"]', '"hmacKey": "a-secret-of-yours"'];
  const create = program(`client.webhooks.create({\n${fields.map((field) => `    ${field},\n`).join("")}})`);
  const hint = view.webhooks.length > 0
    ? [p("quiet", "What is posted to the webhooks above is listed here.")]
    : [p("quiet", "Create a webhook: what is posted to it is listed here, with its signature and body."), create];
  return h("li", { "data-key": "none", class: "empty" }, p("name", "Nothing delivered yet"), hint);
}
