// The page as a whole: what stands in each pane, which pane a small screen shows, and where the focus goes.

import { chatRow } from "./chats.js";
import { showChat } from "./conversation.js";
import { deliveryRows, webhookRow } from "./deliveries.js";
import { $ } from "./elements.js";
import { morph } from "./morph.js";
import { placeholder } from "./placeholder.js";
import { link, route } from "./route.js";
import { sessionRows } from "./sessions.js";
import { isConnected, openChat, openSession, view } from "./state.js";
import { troubleChoices, troubleNotices } from "./trouble.js";

/** The hash of the place that was left by following a link. @type {string | null} */
let leftHash = null;

/** @param {string} url */
export function leave(url) {
  leftHash = new URL(url).hash || "#/";
}

export function render() {
  const focused = document.activeElement;
  const [session, chat] = [openSession(), openChat()];
  const here = { ...route(), deliveries: false };

  document.title = [chat?.name, session?.name, "Titan sandbox"].filter(Boolean).join(" · ");
  document.body.dataset.pane = pane();
  $("back-to-chats", HTMLAnchorElement).href = link({ session: here.session });
  $("back-from-deliveries", HTMLAnchorElement).href = link(here);
  for (const each of document.querySelectorAll(".to-deliveries")) {
    each.setAttribute("href", link({ ...here, deliveries: true }));
  }

  morph($("sessions"), sessionRows());
  $("chats-title").textContent = $("chats-title").title = session?.pushName ?? "Chats";
  $("session-actions").hidden = !isConnected();
  morph($("troubles"), troubleNotices(session));
  morph($("trouble-choices"), troubleChoices(session));
  $("trouble-session").textContent = session?.name ?? "";
  $("logout-session").textContent = session?.name ?? "";
  // What they are about has gone.
  if (!session) for (const name of ["trouble", "logout"]) $(name, HTMLDialogElement).close();
  morph($("chats"), view.chats.map(chatRow));
  morph($("webhooks"), view.webhooks.map(webhookRow));
  morph($("deliveries"), deliveryRows());

  $("conversation").hidden = !chat;
  $("placeholder").hidden = Boolean(chat);
  if (chat) showChat(chat);
  else morph($("placeholder"), placeholder(session));
  placeFocus(focused);
}

function pane() {
  const { session, chat, deliveries } = route();
  if (deliveries) return "deliveries";
  if (!session && view.sessions.length > 0) return "sessions";
  return !chat && isConnected() && view.chats.length > 0 ? "chats" : "chat";
}

/**
 * Focus goes to where a followed link led. Otherwise it stays where it was; if that element is gone, it does not
 * start again at the top of the page.
 * @param {Element | null} focused
 */
function placeFocus(focused) {
  const isVisible = (/** @type {Element} */ element) => element.checkVisibility({ visibilityProperty: true });
  const origin = [...document.querySelectorAll("a")].find((each) => each.hash === leftHash && isVisible(each));
  const current = document.querySelector(`.pane.${document.body.dataset.pane}`);
  /** @type {HTMLElement[]} */
  const headings = [...(current?.querySelectorAll("h2") ?? [])].filter((each) => each instanceof HTMLElement);
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const opensChat = leftHash !== null && current?.matches(".chat") && isVisible($("text")) && !isTouched;
  leftHash = null;
  if (opensChat) $("text").focus();
  else if (focused === document.body || !(focused instanceof HTMLElement)) return;
  else if (isVisible(focused)) focused.focus({ preventScroll: true });
  else (origin ?? headings.find(isVisible))?.focus();
}
