// The list of sessions.

import { $, badge, h, p, shortName, span } from "./elements.js";
import { link } from "./route.js";
import { shown, view } from "./state.js";
/** @import { Session } from "./state.js" */

/** With more, they get narrow rows and a field to search in. */
const FEW = 6;

/** @type {Record<string, string>} */
const STATES = {
  SCAN_QR: "Waits for a scan",
  AUTO_RECONNECT: "Reconnecting",
  MANUAL_STOP: "Stopped",
  QR_TIMEOUT: "Not scanned in time",
  LOGGED_OUT: "Logged out",
  FAILED: "Failed",
  TEMPORARY_BAN: "Banned temporarily",
  STREAM_ERROR: "Lost its connection",
};

export function sessionRows() {
  const isMany = view.sessions.length > FEW;
  const search = $("session-search", HTMLInputElement);
  search.hidden = !isMany;
  document.body.classList.toggle("many-sessions", isMany);
  const words = isMany ? search.value.toLowerCase().split(/\s+/) : [];
  const found = view.sessions.filter(({ name, pushName, phoneNumber }) => {
    const text = `${name} ${pushName ?? ""} ${phoneNumber ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  if (found.length > 0 || !isMany) return found.map(sessionRow);
  return [h("li", { "data-key": "?none" }, p("quiet none", "No session is called that."))];
}

/** @param {Session} session */
function sessionRow(session) {
  const { name, status, unreadCount } = session;
  return h("li", { "data-key": name },
    h("a", { class: "link", href: link({ session: name }), "aria-current": name === shown().session && "true" },
      span(`state ${status.toLowerCase()}`),
      span("grow", shortName(name), " ", span("quiet", stateOf(session))),
      badge(unreadCount)));
}

/** @param {Session} session */
function stateOf({ status, statusReason, phoneNumber, silent, restrictedUntil }) {
  if (status === "CONNECTED") {
    const parts = [silent && "Silent", restrictedUntil && "Restricted", phoneNumber].filter(Boolean);
    return [span("unseen", "Connected, "), parts.join(" · ")];
  }
  if (statusReason) return STATES[statusReason] ?? statusReason;
  return status === "CONNECTING" ? "Connecting" : "Not started";
}
