// Writing as the contact.

import { nameOf } from "./chats.js";
import { $, avatar, BYTES, h } from "./elements.js";
import { morph } from "./morph.js";
import { post, postToSession } from "./sandbox.js";
import { openChat, shown } from "./state.js";
/** @import { Chat } from "./state.js" */

const TYPING_LASTS = 4000;
/** For one line of a small screen. */
const LONG_NAME = 22;

/** By the link of their chat. @type {Map<string, { text: string, file: File | null }>} */
const drafts = new Map();
/** @type {File | null} */
let file = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

const text = $("text", HTMLTextAreaElement);
const sender = $("sender", HTMLSelectElement);

/** @param {string | undefined} left @param {string} opened */
export function swapDrafts(left, opened) {
  if (left) drafts.set(left, { text: text.value, file });
  const draft = drafts.get(opened) ?? { text: "", file: null };
  text.value = draft.text;
  attach(draft.file);
}

/** @param {File | null | undefined} chosen */
export function attach(chosen) {
  file = chosen ?? null;
  $("file", HTMLInputElement).value = "";
  $("attachment").hidden = !file;
  $("attachment-name").textContent = file ? `${file.name}, ${file.size.toLocaleString([], BYTES)}` : "";
}

/** JID of who answers in this chat. @param {Chat | undefined} [chat] */
export function speaker(chat = openChat()) {
  return chat?.isGroup ? sender.value : (chat?.id ?? "");
}

/** @param {Chat} chat */
export function showSenders(chat) {
  const members = chat.members ?? [];
  $("sender-field").hidden = !chat.isGroup;
  morph(sender, members.map(({ jid, name }) => h("option", { "data-key": jid, value: jid }, name)));
  showSpeaker();
}

export function showSpeaker() {
  const chat = openChat();
  const name = (chat && nameOf(chat, speaker(chat))) ?? "";
  morph($("speaker"), [avatar(name)]);
  const isLong = name.length > LONG_NAME;
  text.placeholder = `Answer as ${isLong ? `${name.slice(0, LONG_NAME)}…` : name}`;
  text.setAttribute("aria-label", `Answer as ${name}`);
}

export async function send() {
  const chat = openChat();
  const [written, sent, person] = [text.value, file, speaker(chat)];
  if (!chat || (!written.trim() && !sent)) return;
  text.value = "";
  attach(null);
  clearTimeout(typing);
  typing = undefined;
  try {
    const fields = sent && (await fieldsOf(sent));
    const group = chat.isGroup ? chat.id : undefined;
    await postToSession("messages", { sender: person, text: written || undefined, group, ...fields });
  } catch (error) {
    text.value ||= written;
    attach(file ?? sent);
    throw new Error(`${/** @type {Error} */ (error).message} What you wrote is still here.`, { cause: error });
  }
}

/** @param {File} sent */
async function fieldsOf(sent) {
  const reader = new FileReader();
  reader.readAsDataURL(sent);
  await new Promise((resolve) => reader.addEventListener("loadend", resolve));
  if (reader.error) throw reader.error;
  // With a filename, a picture would arrive as a document.
  const filename = /^(image|audio|video)\//.test(sent.type) ? undefined : sent.name;
  return { media: `${reader.result}`.split(",")[1], mimeType: sent.type || undefined, filename };
}

function showTyping() {
  const chat = openChat();
  if (!chat || chat.isGroup) return;
  const path = `sessions/${encodeURIComponent(shown().session)}/presence`;
  // That the contact types is not worth a message where it cannot be shown.
  const show = (/** @type {string} */ presence) => post(path, { chatId: chat.id, presence }).catch(() => {});
  if (!typing) show("composing");
  clearTimeout(typing);
  typing = setTimeout(() => {
    typing = undefined;
    show("available");
  }, TYPING_LASTS);
}

text.addEventListener("input", showTyping);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer", HTMLFormElement).requestSubmit();
});
text.addEventListener("paste", (event) => {
  const pasted = event.clipboardData?.files[0];
  if (!pasted) return;
  event.preventDefault();
  attach(pasted);
});
$("file", HTMLInputElement).addEventListener("change", () => attach($("file", HTMLInputElement).files?.[0]));
