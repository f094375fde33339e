// The list of chats, and who is who in one.

import { avatar, badge, CLOCK, DATE, h, isToday, shortName, sign, span, tag, time } from "./elements.js";
import { link } from "./route.js";
import { shown } from "./state.js";
/** @import { Chat, Message } from "./state.js" */

const TICKS = { pending: "Pending", sent: "Sent", delivered: "Delivered", read: "Read" };
const LONGEST_PREVIEW = 200;

/** @param {Message} message */
export function ticks({ status }) {
  return sign(status, TICKS[status], status === "read" ? "delivered" : status);
}

/** @param {Chat} chat */
export function chatRow(chat) {
  const { id, name, isGroup, last, lastMessageAt: at } = chat;
  const text = chat.typing ? "The account is typing…" : last && preview(chat, last);
  const tags = chat.labels.map((label) => tag(label.name, label.color % 8));
  if (chat.archived) tags.unshift(tag("Archived"));
  return h("li", { "data-key": id },
    h("a", { class: "link", href: link({ ...shown(), chat: id }), "aria-current": id === shown().chat && "true" },
      avatar(name, isGroup),
      span("grow",
        span("line",
          shortName(name),
          chat.pinned && sign("pinned", "Pinned"),
          chat.muted && sign("muted", "Muted"),
          at && time(at, isToday(at) ? CLOCK : DATE)),
        span("line", last?.fromMe && ticks(last), span("quiet", text), badge(chat.unreadCount)),
        tags.length > 0 && span("tags", tags))));
}

/** @param {Chat} chat @param {Message} message */
export function preview(chat, message) {
  const { deleted, text, poll, media, type } = message;
  const what = (deleted ? "Deleted" : text || poll?.question || media?.filename || type).slice(0, LONGEST_PREVIEW);
  return chat.isGroup && !message.fromMe ? `${author(chat, message)}: ${what}` : what;
}

/** @param {Chat} chat @param {Message} message */
export function author(chat, message) {
  return message.fromMe ? "The account" : (nameOf(chat, message.sender) ?? message.pushName ?? message.sender);
}

/** @param {Chat} chat @param {string} jid */
export function nameOf(chat, jid) {
  if (jid === "me") return "The account";
  return chat.isGroup ? chat.members?.find((member) => member.jid === jid)?.name : chat.name;
}
