// What WhatsApp does to accounts, to be played: the choices, and what holds for the open session.

import { button, CLOCK, DATE, h, isToday, p, span, time } from "./elements.js";
/** @import { Session } from "./state.js" */

/** @param {Session | undefined} session @returns {HTMLElement[]} */
export function troubleChoices(session) {
  if (!session) return [];
  const { silent, restrictedUntil } = session;
  return [
    choice("Disconnected", "It loses its connection, and stays paired.", act("Disconnect", "disconnect")),
    choice("Restricted", "It stays connected, but a first message to somebody new is refused.",
      restrictedUntil ? endRestriction() : act("Restrict for a day", "restrict")),
    choice("Banned", "It loses its connection, and gets none for a day. You can end that.",
      act("Ban for a day", "ban")),
    choice("Silent", "It looks connected, but nothing comes in, and nothing goes out.",
      silent ? endSilence() : act("Make it silent", "goSilent")),
  ];
}

/** @param {string} name @param {string} text @param {HTMLElement} action */
function choice(name, text, action) {
  return h("li", { "data-key": name }, h("h3", {}, name), p("quiet", text), action);
}

/** What holds now, with what ends it. @param {Session | undefined} session @returns {HTMLElement[]} */
export function troubleNotices(session) {
  const notices = [];
  if (session?.restrictedUntil) {
    const until = moment(session.restrictedUntil);
    notices.push(notice("Restricted", [" until ", until, ": a first message to somebody new is refused."], endRestriction()));
  }
  if (session?.silent) {
    notices.push(notice("Silent", ": nothing comes in or goes out, though it looks connected.", endSilence()));
  }
  return notices;
}

/** @param {string} name @param {string | (string | HTMLElement)[]} text @param {HTMLElement} action */
function notice(name, text, action) {
  return h("li", { "data-key": name }, h("p", {}, span("name", name), text), action);
}

/** @param {string} at */
export function moment(at) {
  return time(at, isToday(at) ? CLOCK : { ...DATE, ...CLOCK });
}

/** @param {string} label @param {string} action */
const act = (label, action) => button(label, { class: "more", "data-action": action });
const endRestriction = () => act("End the restriction", "endRestriction");
const endSilence = () => act("End the silence", "connect");
