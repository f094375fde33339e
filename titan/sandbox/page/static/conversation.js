// The open chat: its head, its messages and where these are scrolled to.

import { author, preview } from "./chats.js";
import { showSenders, speaker, swapDrafts } from "./composer.js";
import { $, avatar } from "./elements.js";
import { messageRows } from "./messages.js";
import { morph } from "./morph.js";
import { link } from "./route.js";
import { loadEarlier } from "./sandbox.js";
import { canWrite, isConnected, openSession, shown, view } from "./state.js";
/** @import { Chat } from "./state.js" */

/** @type {Record<string, string>} */
const PRESENCE = { available: "online", composing: "typing…", recording: "recording…" };
const NEAR_THE_END = 40;

const scroller = $("scroller");
/** @type {string | undefined} */
let newestId;
let follows = true;
/** Where the scroller was when last looked at: its event comes only with the next frame. */
let lastTop = 0;

/** @param {Chat} chat */
export function showChat(chat) {
  const here = link(shown());
  const isOther = scroller.dataset.chat !== here;
  if (isOther) {
    follows = true;
    lastTop = 0;
    swapDrafts(scroller.dataset.chat, here);
    scroller.dataset.chat = here;
    $("messages").replaceChildren();
  }
  morph($("chat-avatar"), [avatar(chat.name, chat.isGroup)]);
  $("chat-title").textContent = $("chat-title").title = chat.name;
  $("chat-subtitle").textContent = subtitle(chat);

  $("composer").hidden = !canWrite(chat);
  $("silence").hidden = !canWrite(chat) || !openSession()?.silent;
  $("no-composer").hidden = canWrite(chat);
  $("no-composer").textContent = isConnected() ? "Nobody can answer here." : "The session is not connected.";
  showSenders(chat);
  morph($("messages"), messageRows(chat, speaker(chat)));

  follow();
  announce(chat, isOther);
}

/** @param {Chat} chat */
function subtitle({ id, isGroup, members = [], presence }) {
  if (isGroup) return members.map(({ name }) => name).join(", ");
  const address = id.endsWith("@lid") ? "Phone number unknown" : `+${id.split("@")[0]}`;
  return [address, PRESENCE[presence ?? ""]].filter(Boolean).join(" · ");
}

/** @param {Chat} chat @param {boolean} isOther */
function announce(chat, isOther) {
  const newest = view.messages.at(-1);
  if (!isOther && newest && newest.id !== newestId) {
    $("announcer").textContent = `${author(chat, newest)}: ${preview({ ...chat, isGroup: false }, newest)}`;
  }
  newestId = newest?.id;
}

/** Only where the newest message was visible: nobody who has scrolled up to read is moved. */
function follow() {
  if (follows && isScrolledUp()) follows = false;
  if (follows) scroller.scrollTop = scroller.scrollHeight;
  lastTop = scroller.scrollTop;
  $("to-newest").hidden = follows;
}

function isScrolledUp() {
  const lowest = scroller.scrollHeight - scroller.clientHeight;
  return scroller.scrollTop < Math.min(lastTop, lowest) - 1;
}

export function scrollToNewest() {
  follows = true;
  lastTop = 0;
  follow();
  $("text").focus();
}

/** What was in sight stays where it was. */
export async function showEarlier() {
  const fromEnd = scroller.scrollHeight - scroller.scrollTop;
  follows = false;
  await loadEarlier();
  scroller.scrollTop = scroller.scrollHeight - fromEnd;
}

scroller.addEventListener("scroll", () => {
  lastTop = scroller.scrollTop;
  follows = scroller.scrollHeight - lastTop - scroller.clientHeight < NEAR_THE_END;
  $("to-newest").hidden = follows;
});
const sizes = new ResizeObserver(follow);
sizes.observe(scroller);
sizes.observe($("messages"));
$("messages").addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const buttons = [...document.querySelectorAll("[data-action=chooseReaction]")];
  const at = buttons.findIndex((each) => each === event.target);
  if (!step || at < 0) return;
  event.preventDefault();
  const next = buttons[at + step];
  if (next instanceof HTMLElement) next.focus();
});
