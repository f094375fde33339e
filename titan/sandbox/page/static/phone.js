// What the buttons and forms of the page do.

import { attach, send, speaker } from "./composer.js";
import { scrollToNewest, showEarlier } from "./conversation.js";
import { $, button } from "./elements.js";
import { loadWhole } from "./long_text.js";
import { choose } from "./messages.js";
import { leave, render } from "./page.js";
import { link } from "./route.js";
import { post, postToSession, refresh, start } from "./sandbox.js";
import { findMessage, shown } from "./state.js";

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const ERROR_LASTS = 8000;
const FROM_THE_EDGE = 8;

/**
 * Closes the dialog first: what opened it is gone after a ban, and the focus is placed when the page is rendered.
 * @param {string} path
 */
function play(path) {
  return (/** @type {DOMStringMap} */ _, /** @type {HTMLElement} */ pressed) => {
    pressed.closest("dialog")?.close();
    return postToSession(path);
  };
}

/** By the data-action of a button. @type {Record<string, (data: DOMStringMap, pressed: HTMLElement) => unknown>} */
const actions = {
  attach: () => $("file").click(),
  detach: () => attach(null),
  connect: () => postToSession("connect"),
  disconnect: play("disconnect"),
  restrict: play("restrict"),
  endRestriction: () => postToSession("restrict", { seconds: 0 }),
  ban: play("ban"),
  goSilent: play("silence"),
  redeliver: ({ delivery = "", asNew }) =>
    post(`deliveries/${encodeURIComponent(delivery)}/again`, { asNewEvent: asNew !== undefined }),
  scan: () => postToSession("scan"),
  openDialog: ({ dialog = "" }) => $(dialog, HTMLDialogElement).showModal(),
  closeDialog: (_, pressed) => pressed.closest("dialog")?.close(),
  scrollToNewest,
  loadEarlier: showEarlier,
  async showAll(data) {
    await loadWhole(data);
    render();
  },
  vote({ message: id, option = "" }) {
    const poll = findMessage(id)?.poll;
    const sender = speaker();
    return poll && postToSession(`messages/${id}/vote`, { options: choose(poll, sender, option), sender });
  },
  async copy({ text = "" }, pressed) {
    await navigator.clipboard.writeText(text);
    pressed.textContent = "Copied";
  },
  chooseReaction({ message }, pressed) {
    const popover = $("reactions");
    const { left, top } = pressed.getBoundingClientRect();
    popover.dataset.message = message;
    popover.showPopover();
    const { offsetWidth: width, offsetHeight: height } = popover;
    const right = innerWidth - width - FROM_THE_EDGE;
    popover.style.left = `${Math.max(FROM_THE_EDGE, Math.min(left - width / 2, right))}px`;
    popover.style.top = `${Math.max(FROM_THE_EDGE, top - height - FROM_THE_EDGE)}px`;
  },
  react({ reaction }) {
    const { message: id } = $("reactions").dataset;
    $("reactions").hidePopover();
    const sender = speaker();
    const isThere = findMessage(id)?.reactions.some((each) => each.sender === sender && each.reaction === reaction);
    return postToSession(`messages/${id}/reaction`, { reaction: isThere ? "" : reaction, sender });
  },
};

/** By the data-submit of a form. @type {Record<string, (fields: Record<string, string>) => Promise<unknown>>} */
const forms = {
  send,
  async connect({ session = "" }) {
    await post(`sessions/${encodeURIComponent(session)}/connect`);
    location.hash = link({ session });
  },
  async write(message) {
    const { chatId } = await postToSession("messages", message);
    location.hash = link({ ...shown(), chat: chatId });
  },
  logout: () => postToSession("logout"),
  async reset() {
    await post("reset");
    location.hash = "#/";
  },
};

/** @type {ReturnType<typeof setTimeout> | undefined} */
let errorTimer;

/** @param {Error} error */
function showError({ message }) {
  $("error").textContent = message;
  // Hidden and shown again, it lies above a dialog.
  $("error").hidePopover();
  $("error").showPopover();
  clearTimeout(errorTimer);
  errorTimer = setTimeout(() => $("error").hidePopover(), ERROR_LASTS);
}

document.addEventListener("click", ({ target }) => {
  const pressed = target instanceof Element && target.closest("[data-action]");
  if (!(pressed instanceof HTMLElement)) return;
  const act = actions[pressed.dataset.action ?? ""];
  Promise.resolve(act?.(pressed.dataset, pressed)).catch(showError);
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, `${value}`]));
  forms[form.dataset.submit ?? ""]?.(fields).then(() => form.closest("dialog")?.close(), showError);
});
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => dialog.querySelector("form")?.reset());
}
$("sender").addEventListener("change", render);
$("session-search").addEventListener("input", render);
addEventListener("hashchange", ({ oldURL }) => {
  leave(oldURL);
  refresh();
});

for (const reaction of REACTIONS) {
  const attributes = { class: "reaction", autofocus: reaction === REACTIONS[0], "data-action": "react" };
  $("reactions").append(button(reaction, { ...attributes, "data-reaction": reaction }));
}
start(render);
