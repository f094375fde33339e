// All that is shown comes from one snapshot, fetched again whenever the sandbox says that something has changed.

import { route } from "./route.js";

/**
 * @typedef {object} Session
 * @property {string} name
 * @property {"CONNECTED" | "CONNECTING" | "DISCONNECTED"} status
 * @property {string | null} statusReason
 * @property {string | null} phoneNumber
 * @property {string | null} pushName
 * @property {string | null} qr Another one for each QR code; null where nothing waits for a scan.
 * @property {boolean} silent Whether nothing comes or goes although it is connected.
 * @property {string | null} restrictedUntil Null where it is not restricted now.
 * @property {string | null} bannedUntil Null where it is not banned now.
 * @property {number} unreadCount
 *
 * @typedef {object} Chat
 * @property {string} id
 * @property {string} name
 * @property {boolean} isGroup
 * @property {boolean} isAnybodyThere
 * @property {{ jid: string, name: string }[]} [members] Those of a group, without the account.
 * @property {Message | null} last
 * @property {string | null} lastMessageAt
 * @property {string | null} typing What the account does.
 * @property {string | null} presence What the contact does.
 * @property {{ name: string, color: number }[]} labels
 * @property {boolean} archived
 * @property {boolean} pinned
 * @property {boolean} muted
 * @property {number} unreadCount
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {boolean} fromMe
 * @property {string} sender
 * @property {string | null} pushName
 * @property {string} type
 * @property {string | null} text
 * @property {number} [charactersLeftOut] How many of a long text did not come with the snapshot.
 * @property {"pending" | "sent" | "delivered" | "read"} status
 * @property {string} at
 * @property {boolean} edited
 * @property {boolean} deleted
 * @property {boolean} starred
 * @property {{ sender: string, reaction: string }[]} reactions
 * @property {Media | null} media
 * @property {Poll | null} poll
 * @property {{ latitude: number, longitude: number, name: string | null, address: string | null } | null} location
 * @property {{ name: string, phoneNumber: string }[]} contacts
 * @property {{ text: string | null } | null} quoted
 *
 * @typedef {object} Media
 * @property {string} mimeType
 * @property {string | null} url Null for what was sent by URL.
 * @property {string | null} filename
 * @property {number} fileLength In bytes.
 *
 * @typedef {object} Poll
 * @property {string} question
 * @property {{ text: string, votes: number }[]} options
 * @property {boolean} multipleAnswers
 * @property {Record<string, string[]>} choices What each person has chosen, by JID.
 *
 * @typedef {object} Webhook
 * @property {number} id
 * @property {string} url
 * @property {string[]} events
 * @property {string | null} session
 * @property {string | null} label
 * @property {boolean} enabled
 *
 * @typedef {object} Delivery
 * @property {string} id
 * @property {number} webhookId
 * @property {string} event
 * @property {string} url
 * @property {string} status
 * @property {string | null} session
 * @property {string} signature
 * @property {string} body
 * @property {number} [charactersLeftOut] How many of a long body did not come with the snapshot.
 * @property {{ at: string, status: number | null, error: string | null, seconds: number }[]} attempts
 *
 * @typedef {object} View
 * @property {string} apiKey
 * @property {string | null} openChat
 * @property {Session[]} sessions
 * @property {Chat[]} chats
 * @property {Message[]} messages The newest of the open chat, oldest first.
 * @property {number} earlierMessages How many more that chat has.
 * @property {Delivery[]} deliveries
 * @property {Webhook[]} webhooks
 * @property {string[]} warnings What a program has probably got wrong.
 */

/** @type {View} */
export let view = {
  apiKey: "",
  openChat: null,
  sessions: [],
  chats: [],
  messages: [],
  earlierMessages: 0,
  deliveries: [],
  webhooks: [],
  warnings: [],
};

/** @param {View} data */
export function setView(data) {
  view = data;
}

/** What is shown: a wide screen has room for a session even when none was chosen. */
export function shown() {
  const { session, chat } = route();
  return { session: session || (view.sessions[0]?.name ?? ""), chat };
}

export const openSession = () => view.sessions.find(({ name }) => name === shown().session);
export const openChat = () => view.chats.find(({ id }) => id === shown().chat);
export const isConnected = () => openSession()?.status === "CONNECTED";

/** @param {string | undefined} id */
export const findMessage = (id) => view.messages.find((message) => message.id === id);

/** @param {Chat} chat */
export function canWrite(chat) {
  const isPersonal = /@(s\.whatsapp\.net|lid)$/.test(chat.id);
  return isConnected() && chat.isAnybodyThere && (chat.isGroup || isPersonal);
}
