// The messages of the open chat.

import { author, nameOf, ticks } from "./chats.js";
import {
  avatar, button, BYTES, card, CLOCK, h, hue, icon, isToday, LONG_DATE, p, sign, span, time,
} from "./elements.js";
import { longText } from "./long_text.js";
import { canWrite, shown, view } from "./state.js";
/** @import { Chat, Media, Message, Poll } from "./state.js" */

/** @param {Chat} chat @param {string} speaker JID of who answers. */
export function messageRows(chat, speaker) {
  const rows = [];
  if (view.earlierMessages > 0) {
    const label = `Earlier messages (${view.earlierMessages.toLocaleString()})`;
    rows.push(h("li", { "data-key": "earlier", class: "day" }, button(label, { class: "more", "data-action": "loadEarlier" })));
  }
  /** @type {Message | null} */
  let previous = null;
  for (const message of view.messages) {
    const day = new Date(message.at).toDateString();
    const isNewDay = !previous || new Date(previous.at).toDateString() !== day;
    const title = isToday(day) ? "Today" : new Date(day).toLocaleDateString([], LONG_DATE);
    if (isNewDay) rows.push(h("li", { "data-key": day, class: "day" }, title));
    rows.push(messageRow(chat, speaker, message, isNewDay || previous?.sender !== message.sender));
    previous = message;
  }
  if (chat.typing) {
    const label = chat.typing === "recording" ? "The account is recording" : "The account is typing";
    const dots = h("span", { class: "bubble dots", role: "img", "aria-label": label }, [0, 1, 2].map(() => h("i", {})));
    rows.push(h("li", { "data-key": "typing", class: "message mine first" }, dots));
  }
  return rows;
}

/** @param {Chat} chat @param {string} speaker @param {Message} message @param {boolean} isFirst */
function messageRow(chat, speaker, message, isFirst) {
  const { id, fromMe, deleted, quoted, reactions } = message;
  const name = author(chat, message);
  const isNamed = chat.isGroup && !fromMe && isFirst;
  return h("li", { "data-key": id, class: `message ${fromMe ? "mine" : "theirs"} ${isFirst ? "first" : ""}` },
    h("div", { class: "bubble" },
      h("p", { class: isNamed ? "author" : "unseen", "data-hue": hue(name) }, name),
      quoted && h("blockquote", {}, quoted.text || "A message without text"),
      deleted ? p("quiet", "This message was deleted") : content(chat, speaker, message),
      p("meta",
        message.starred && sign("starred", "Starred"),
        message.edited && "edited",
        time(message.at, CLOCK),
        fromMe && ticks(message))),
    !deleted && canWrite(chat) && reactButton(message),
    reactions.length > 0 && reactionsOf(chat, reactions));
}

/** @param {Chat} chat @param {Message["reactions"]} reactions */
function reactionsOf(chat, reactions) {
  return h("ul", { class: "reactions", "aria-label": "Reactions" }, reactions.map(({ sender, reaction }) => {
    const who = nameOf(chat, sender) ?? sender;
    return h("li", { title: who }, reaction, span("unseen", who));
  }));
}

/** @param {Message} message */
function reactButton(message) {
  // The tab key stops here once, however many messages there are; arrow keys move on from there.
  const tabindex = message === view.messages.at(-1) ? 0 : -1;
  const attributes = { class: "icon-button", title: "React", "aria-label": "React", tabindex };
  return button(icon("react"), { ...attributes, "data-action": "chooseReaction", "data-message": message.id });
}

/** @param {Chat} chat @param {string} speaker @param {Message} message */
function content(chat, speaker, message) {
  const { type, media, poll, location: place, contacts } = message;
  const parts = [
    media && mediaOf(type, media),
    poll && pollOf(message.id, poll, speaker, canWrite(chat)),
    place && card(icon("place"), place.name ?? "Location", place.address, `${place.latitude}, ${place.longitude}`),
    ...contacts.map(({ name, phoneNumber }) => card(avatar(name), name, phoneNumber)),
    ...textOf(chat, message),
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts : [p("quiet", type)];
}

/** @param {Chat} chat @param {Message} message */
function textOf(chat, { id, text, charactersLeftOut }) {
  if (!text) return [];
  if (!charactersLeftOut) return [p("text", text)];
  return longText(id, text, charactersLeftOut, { session: shown().session, chat: chat.id, message: id });
}

/** @param {string} type @param {Media} media */
function mediaOf(type, { mimeType, url, filename, fileLength }) {
  const name = filename ?? type;
  const kind = mimeType.split("/")[0];
  if (url === null) return card(icon("file"), name, "Sent by URL, which the sandbox does not fetch");
  if (kind === "image") return h("img", { class: type, src: url, alt: name });
  if (kind === "audio" || kind === "video") {
    return h(kind, { src: url, controls: true, preload: "metadata", "aria-label": name });
  }
  const details = `${mimeType}, ${fileLength.toLocaleString([], BYTES)}`;
  return h("a", { href: url, download: name }, card(icon("file"), name, details));
}

/** @param {string} id @param {Poll} poll @param {string} speaker @param {boolean} isOpen */
function pollOf(id, { question, options, multipleAnswers, choices }, speaker, isOpen) {
  const all = options.reduce((sum, { votes }) => sum + votes, 0);
  const attributes = { class: "option", disabled: !isOpen, "data-action": "vote", "data-message": id };
  const chosen = choices[speaker] ?? [];
  return h("div", { class: "poll", role: "group", "aria-label": question },
    p("name", question),
    p("quiet", multipleAnswers ? "Choose one or more" : "Choose one"),
    options.map(({ text, votes }) =>
      button([
        span("line",
          span("grow", text),
          chosen.includes(text) && icon("sent"),
          span("quiet", votes, span("unseen", votes === 1 ? " vote" : " votes"))),
        h("progress", { value: votes, max: all || 1, "aria-hidden": "true" }),
      ], { ...attributes, "aria-pressed": `${chosen.includes(text)}`, "data-option": text })));
}

/**
 * What somebody has chosen after choosing this option, or taking it back.
 * @param {Poll} poll
 * @param {string} person
 * @param {string} option
 */
export function choose({ options, multipleAnswers, choices }, person, option) {
  const chosen = choices[person] ?? [];
  if (chosen.includes(option)) return chosen.filter((each) => each !== option);
  if (!multipleAnswers) return [option];
  return options.map(({ text }) => text).filter((text) => text === option || chosen.includes(text));
}
