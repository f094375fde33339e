// What stands where no chat is open: what to do next.

import { button, h, icon, p } from "./elements.js";
import { program } from "./program.js";
import { link, route } from "./route.js";
import { shown, view } from "./state.js";
import { moment } from "./trouble.js";
/** @import { Child } from "./elements.js" */
/** @import { Session } from "./state.js" */

/** @type {Record<string, string>} */
const REASONS = {
  AUTO_RECONNECT: "It lost its connection to WhatsApp, and gets it back by itself.",
  MANUAL_STOP: "It was stopped, but stays paired.",
  QR_TIMEOUT: "Nobody scanned its QR code in time.",
  LOGGED_OUT: "It was logged out, and has to be paired again.",
  FAILED: "It failed.",
  TEMPORARY_BAN: "WhatsApp has banned it temporarily.",
  STREAM_ERROR: "It lost its connection to WhatsApp.",
};

/** @param {Session | undefined} session @returns {HTMLElement[]} */
export function placeholder(session) {
  const { session: name, chat } = route();
  const [title, text, ...more] = session ? whatNext(session) : noSession();
  const href = link({ session: chat && name });
  const back = name && h("a", { class: "icon-button back", href, "aria-label": "Back" }, icon("back"));
  const parts = [back, h("h2", { tabindex: -1 }, title), text && p("quiet", text), ...more];
  return parts.filter((part) => part instanceof HTMLElement);
}

/** @returns {Child[]} */
function noSession() {
  const { session: name } = shown();
  const named = { "data-action": "openDialog", "data-dialog": "connect" };
  return [
    name ? `There is no session ${name}` : "No session yet",
    "Create one in your program. Its QR code appears here.",
    program(`client.sessions.create({"name": ${JSON.stringify(name || "my-session")}, "start": True})`),
    name ? button("Connect it", { "data-action": "connect" }) : button("Connect one without a program", named),
  ];
}

/** @param {Session} session @returns {Child[]} */
function whatNext({ name, status, statusReason, qr, silent, bannedUntil }) {
  const connect = { "data-action": "connect" };
  if (qr) {
    const src = `/sandbox/sessions/${encodeURIComponent(name)}/qr.png?code=${qr}`;
    return [
      `${name} waits for a phone`,
      "A phone would scan this code under Linked devices. Here, a button does it.",
      h("img", { class: "qr", src, alt: `QR code of ${name}` }),
      button("Scan", { "data-action": "scan" }),
    ];
  }
  if (bannedUntil) {
    const until = p("quiet", "WhatsApp lets it in again after ", moment(bannedUntil), ". A start before that fails.");
    return [`${name} is banned`, null, until, button("End the ban and connect", connect)];
  }
  const reason = REASONS[statusReason ?? ""] ?? statusReason;
  if (status === "CONNECTING") return [`${name} is connecting`, reason, button("Connect now", connect)];
  if (status !== "CONNECTED") {
    const start = program(`client.sessions.start(${JSON.stringify(name)})`);
    return [`${name} is not connected`, reason ?? "It has not been started yet.", start, button("Connect", connect)];
  }
  return openNone(name, silent);
}

/** @param {string} name @param {boolean} isSilent @returns {Child[]} */
function openNone(name, isSilent) {
  const { chat } = shown();
  const write = button("Write as a new contact", { "data-action": "openDialog", "data-dialog": "new-chat" });
  if (chat && isSilent) return ["No such chat yet", "The session is silent: what was written comes when that has ended.", write];
  if (chat) return ["No such chat yet", `Nobody has written in ${chat}.`, write];
  if (view.chats.length > 0) return ["Choose a chat", "Or write to the account as somebody new.", write];
  const message = '{"chatId": "5511988887777@s.whatsapp.net", "type": "text", "text": "Hello!"}';
  const send = program(`client.messages.send(\n    ${JSON.stringify(name)},\n    ${message},\n)`);
  // A small screen shows this instead of the chats, and of the buttons above them.
  const trouble = button("Trouble", { class: "more narrow-only", "data-action": "openDialog", "data-dialog": "trouble" });
  return ["No chats yet", "Send a message: it appears here, and you can answer it. Or write first.", send, write, trouble];
}
