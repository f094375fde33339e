// All that is shown comes from one snapshot, fetched again whenever the sandbox says that something has changed.
// Data only ever becomes text nodes and attributes, so nothing that people write is taken for HTML.

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const TICKS = { pending: "Pending", sent: "Sent", delivered: "Delivered", read: "Read" };
const PRESENCE = { available: "online", composing: "typing…", recording: "recording…" };
const REASONS = {
  MANUAL_STOP: "It was stopped, but stays paired.",
  QR_TIMEOUT: "Nobody scanned its QR code in time.",
  LOGGED_OUT: "It was logged out, and has to be paired again.",
  FAILED: "It failed.",
  TEMPORARY_BAN: "WhatsApp has banned it temporarily.",
  STREAM_ERROR: "It lost its connection to WhatsApp.",
};
const CLOCK = { hour: "2-digit", minute: "2-digit" };
const SECONDS = { ...CLOCK, second: "2-digit" };
const DATE = { month: "short", day: "numeric" };
const LONG_DATE = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
const BYTES = { notation: "compact", style: "unit", unit: "byte", unitDisplay: "narrow" };

const $ = (id) => document.getElementById(id);

// --- Elements

function h(tag, attributes, ...children) {
  const space = tag === "svg" || tag === "use" ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const element = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(Boolean));
  return element;
}

const p = (className, ...children) => h("p", { class: className }, ...children);
const span = (className, ...children) => h("span", { class: className }, ...children);
const icon = (name) => h("svg", { "aria-hidden": "true" }, h("use", { href: `#icon-${name}` }));
const button = (label, attributes) => h("button", { type: "button", class: "primary", ...attributes }, label);

function sign(name, label, picture = name) {
  return h("span", { class: `sign ${name}`, role: "img", "aria-label": label, title: label }, icon(picture));
}

function ticks({ status }) {
  return sign(status, TICKS[status], status === "read" ? "delivered" : status);
}

function time(at, format) {
  const date = new Date(at);
  return h("time", { datetime: at, title: date.toLocaleString() }, date.toLocaleString([], format));
}

function isToday(at) {
  return new Date(at).toDateString() === new Date().toDateString();
}

function badge(unread) {
  return unread > 0 && h("span", { class: "badge", role: "img", "aria-label": `${unread} unread` }, `${unread}`);
}

function avatar(name, isGroup) {
  const initials = (name.match(/(?<!\p{L})\p{L}/gu) ?? []).slice(0, 2).join("").toUpperCase();
  const attributes = { class: `avatar ${isGroup ? "group" : ""}`, "data-hue": hue(name), "aria-hidden": "true" };
  return h("span", attributes, initials || icon(isGroup ? "group" : "person"));
}

function hue(name) {
  return [...name].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 9973, 7) % 8;
}

function tag(text, colour) {
  return h("span", { class: "tag", "data-hue": colour }, text);
}

function code(text, copied = text) {
  const copy = h("button", { type: "button", "data-action": "copy", "data-text": copied }, "Copy");
  return h("div", { class: "code" }, h("pre", {}, text), copy);
}

function card(picture, title, ...lines) {
  const details = lines.filter(Boolean).map((line) => span("quiet", line));
  return span("card", picture, span("grow", span("name", title), details));
}

// Gives `parent` these children, but keeps the elements it has already: focus, scroll positions, open details and
// playing voice notes stay with them.
function morph(parent, children) {
  const keyOf = (node) => node.dataset?.key;
  const keys = new Set(children.map(keyOf));
  const kept = new Map();
  for (const child of [...parent.children].filter(keyOf)) {
    if (keys.has(keyOf(child))) kept.set(keyOf(child), child);
    else child.remove();
  }
  let at = parent.firstChild;
  for (const next of children) {
    const old = keyOf(next) ? kept.get(keyOf(next)) : at;
    if (!old || old.nodeName !== next.nodeName || keyOf(old) !== keyOf(next)) {
      parent.insertBefore(next, at);
      continue;
    }
    if (old === at) at = at.nextSibling;
    else parent.insertBefore(old, at);
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== next.data) old.data = next.data;
    } else {
      setAttributes(old, next);
      morph(old, [...next.childNodes]);
    }
  }
  while (at) {
    const rest = at;
    at = at.nextSibling;
    rest.remove();
  }
}

function setAttributes(old, next) {
  for (const { name } of [...old.attributes]) {
    // Details are opened and closed by who reads them.
    if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

// --- The route: #/session/chat, with ?deliveries where these are shown instead

let view = { sessions: [], chats: [], messages: [], deliveries: [], webhooks: [], warnings: [] };

function route() {
  const [path, query] = location.hash.slice(1).split("?");
  const [session = "", chat = ""] = path.split("/").slice(1).map(decode);
  return { session, chat, deliveries: query === "deliveries" };
}

function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function link({ session, chat, deliveries }) {
  const path = [session, chat].filter(Boolean).map((segment) => encodeURIComponent(segment).replace("%40", "@"));
  return `#/${path.join("/")}${deliveries ? "?deliveries" : ""}`;
}

// A wide screen has room for a session even when none was chosen.
function shown() {
  const { session, chat } = route();
  return { session: session || (view.sessions[0]?.name ?? ""), chat };
}

const openSession = () => view.sessions.find(({ name }) => name === shown().session);
const openChat = () => view.chats.find(({ id }) => id === shown().chat);
const isConnected = () => openSession()?.status === "CONNECTED";

function canWrite(chat) {
  const isPersonal = /@(s\.whatsapp\.net|lid)$/.test(chat.id);
  return isConnected() && chat.isAnybodyThere && (chat.isGroup || isPersonal);
}

// --- The sandbox

let isStale = false;
let isFetching = false;

async function refresh() {
  isStale = true;
  if (isFetching) return;
  isFetching = true;
  try {
    while (isStale) {
      isStale = false;
      await update(shown());
    }
  } finally {
    isFetching = false;
  }
}

async function update(asked) {
  const query = new URLSearchParams(asked);
  const { data } = await fetch(`/sandbox/overview?${query}`).then((response) => response.json()).catch(() => ({}));
  $("offline").hidden = Boolean(data);
  // When the sandbox is back, its first event makes the page fetch the snapshot again.
  if (!data) return;
  // These decide which session is shown when none was chosen.
  view.sessions = data.sessions;
  // Somebody whose LID alone was known: the number has become known, and the chat is now under that.
  const { openChat: chat } = data;
  if (chat && chat !== asked.chat) location.replace(link({ ...route(), chat }));
  if (link(asked) === link(shown())) {
    view = data;
    render();
  } else {
    isStale = true;
  }
}

function listen() {
  const events = new EventSource("/sandbox/events");
  events.addEventListener("change", refresh);
  events.addEventListener("error", () => {
    $("offline").hidden = false;
    // An EventSource connects again by itself, but not after a response that is not a stream.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`/sandbox/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const { data, error } = await response.json();
  if (!response.ok) throw new Error(error);
  return data;
}

function postToSession(path, body) {
  return post(`sessions/${encodeURIComponent(shown().session)}/${path}`, body);
}

// --- Sessions and chats

function sessionRow({ name, status, statusReason, phoneNumber, unreadCount }) {
  const state = status === "CONNECTED" ? phoneNumber : (statusReason ?? status);
  return h("li", { "data-key": name },
    h("a", { class: "link", href: link({ session: name }), "aria-current": name === shown().session && "true" },
      span(`state ${status.toLowerCase()}`),
      span("grow", span("name", name), span("unseen", status), span("quiet", state)),
      badge(unreadCount)));
}

function chatRow(chat) {
  const { id, name, isGroup, last, lastMessageAt: at } = chat;
  const text = chat.typing ? "The account is typing…" : last && preview(chat, last);
  const tags = chat.labels.map((label) => tag(label.name, label.color % 8));
  if (chat.archived) tags.unshift(tag("Archived"));
  return h("li", { "data-key": id },
    h("a", { class: "link", href: link({ ...shown(), chat: id }), "aria-current": id === shown().chat && "true" },
      avatar(name, isGroup),
      span("grow",
        span("line",
          span("name", name),
          chat.pinned && sign("pinned", "Pinned"),
          chat.muted && sign("muted", "Muted"),
          at && time(at, isToday(at) ? CLOCK : DATE)),
        span("line", last?.fromMe && ticks(last), span("quiet", text), badge(chat.unreadCount)),
        tags.length > 0 && span("tags", tags))));
}

function preview(chat, message) {
  const { deleted, text, poll, media, type } = message;
  const what = deleted ? "Deleted" : text || poll?.question || media?.filename || type;
  return chat.isGroup && !message.fromMe ? `${author(chat, message)}: ${what}` : what;
}

function author(chat, message) {
  return message.fromMe ? "The account" : (nameOf(chat, message.sender) ?? message.pushName ?? message.sender);
}

function nameOf(chat, jid) {
  if (jid === "me") return "The account";
  return chat.isGroup ? chat.members.find((member) => member.jid === jid)?.name : chat.name;
}

// --- Messages

function messageRows(chat) {
  const rows = [];
  let previous = null;
  for (const message of view.messages) {
    const day = new Date(message.at).toDateString();
    const isNewDay = !previous || new Date(previous.at).toDateString() !== day;
    const title = isToday(day) ? "Today" : new Date(day).toLocaleDateString([], LONG_DATE);
    if (isNewDay) rows.push(h("li", { "data-key": day, class: "day" }, title));
    rows.push(messageRow(chat, message, isNewDay || previous.sender !== message.sender));
    previous = message;
  }
  if (chat.typing) {
    const label = chat.typing === "recording" ? "The account is recording" : "The account is typing";
    const dots = h("span", { class: "bubble dots", role: "img", "aria-label": label }, [0, 1, 2].map(() => h("i", {})));
    rows.push(h("li", { "data-key": "typing", class: "message mine first" }, dots));
  }
  return rows;
}

function messageRow(chat, message, isFirst) {
  const { id, fromMe, deleted, quoted, reactions } = message;
  const name = author(chat, message);
  const isNamed = chat.isGroup && !fromMe && isFirst;
  return h("li", { "data-key": id, class: `message ${fromMe ? "mine" : "theirs"} ${isFirst ? "first" : ""}` },
    h("div", { class: "bubble" },
      h("p", { class: isNamed ? "author" : "unseen", "data-hue": hue(name) }, name),
      quoted && h("blockquote", {}, quoted.text || "A message without text"),
      deleted ? p("quiet", "This message was deleted") : content(message),
      p("meta",
        message.starred && sign("starred", "Starred"),
        message.edited && "edited",
        time(message.at, CLOCK),
        ticks(message))),
    !deleted && canWrite(chat) && reactButton(message),
    reactions.length > 0 &&
      h("ul", { class: "reactions", "aria-label": "Reactions" }, reactions.map(({ sender, reaction }) => {
        const who = nameOf(chat, sender) ?? sender;
        return h("li", { title: who }, reaction, span("unseen", who));
      })));
}

function reactButton(message) {
  // The tab key stops here once, however many messages there are; arrow keys move on from there.
  const tabindex = message === view.messages.at(-1) ? 0 : -1;
  const attributes = { class: "icon-button", title: "React", "aria-label": "React", tabindex };
  return button(icon("react"), { ...attributes, "data-action": "chooseReaction", "data-message": message.id });
}

function content(message) {
  const { type, media, poll, location: place, contacts, text } = message;
  const parts = [
    media && mediaOf(type, media),
    poll && pollOf(message.id, poll),
    place && card(icon("place"), place.name ?? "Location", place.address, `${place.latitude}, ${place.longitude}`),
    ...contacts.map(({ name, phoneNumber }) => card(avatar(name), name, phoneNumber)),
    text && p("text", text),
  ].filter(Boolean);
  return parts.length > 0 ? parts : p("quiet", type);
}

function mediaOf(type, { mimeType, url, filename, fileLength }) {
  const name = filename ?? type;
  const kind = mimeType.split("/")[0];
  if (url === null) return card(icon("file"), name, "Sent by URL, which the sandbox does not fetch");
  if (kind === "image") return h("img", { class: type, src: url, alt: name });
  if (kind === "audio" || kind === "video") return h(kind, { src: url, controls: true, preload: "metadata" });
  const details = `${mimeType}, ${fileLength.toLocaleString([], BYTES)}`;
  return h("a", { href: url, download: name }, card(icon("file"), name, details));
}

function pollOf(id, { question, options }) {
  const all = options.reduce((sum, { votes }) => sum + votes, 0);
  const attributes = { class: "option", disabled: !canWrite(openChat()), "data-action": "vote", "data-message": id };
  return h("div", { class: "poll", role: "group", "aria-label": question },
    p("name", question),
    options.map(({ text, votes }) =>
      button([
        span("line", span("grow", text), span("quiet", `${votes}`, span("unseen", votes === 1 ? " vote" : " votes"))),
        h("progress", { value: votes, max: all || 1, "aria-hidden": "true" }),
      ], { ...attributes, "data-option": text })));
}

// --- Webhooks

function webhookRow({ id, url, events, session, label, enabled }) {
  const what = events.length > 0 && !events.includes("*") ? events.join(", ") : "All events";
  return h("li", { "data-key": id },
    span("line", span("name grow", label || `Webhook ${id}`), enabled === false && tag("Disabled")),
    span("url", url),
    span("quiet", `${what} of ${session ?? "all sessions"}`));
}

function outcome({ status, error }) {
  return [status, error].filter(Boolean).join(", ");
}

function warningRow(warning) {
  return h("li", { "data-key": warning, class: "empty" }, p("name", warning));
}

function deliveryRow({ id, event, url, status, session, attempts, signature, body }) {
  const last = attempts.at(-1);
  const tries = attempts.length === 1 ? "1 attempt" : `${attempts.length} attempts`;
  return h("li", { "data-key": id },
    h("details", { class: `delivery ${status}` },
      h("summary", {},
        span("line", span("name grow", event), last && time(last.at, SECONDS)),
        span("url", url),
        span("line quiet",
          span("outcome", last ? `${status}: ${outcome(last)}` : status),
          span("grow", tries),
          session)),
      h("h3", {}, "Attempts"),
      h("ol", {}, attempts.map((attempt) =>
        h("li", {}, time(attempt.at, SECONDS), ` ${outcome(attempt)} `, span("quiet", `in ${Math.ceil(attempt.seconds * 1000)} ms`)))),
      h("h3", {}, "X-Webhook-Signature"),
      code(signature),
      h("h3", {}, "Body"),
      code(JSON.stringify(JSON.parse(body), null, 2), body)));
}

function noDeliveries() {
  const create = code('client.webhooks.create({"url": "http://127.0.0.1:8000/webhook"})');
  const hint = view.webhooks.length > 0
    ? p("quiet", "What is posted to the webhooks above is listed here.")
    : [p("quiet", "Create a webhook: what is posted to it is listed here, with its signature and body."), create];
  return h("li", { "data-key": "none", class: "empty" }, p("name", "Nothing delivered yet"), hint);
}

// --- The placeholder, where no chat is open

function placeholder(session) {
  const { session: name, chat } = shown();
  const quoted = JSON.stringify(name || "my-session");
  const connect = { "data-action": "connect" };
  if (!session) {
    const client = `client = TitanClient("${location.origin}", api_key="titan_...")`;
    const create = `client.sessions.create({"name": ${quoted}, "start": True})`;
    const named = { "data-action": "openDialog", "data-dialog": "connect" };
    return [
      name ? `There is no session ${name}` : "No session yet",
      "Create one in your program, with the API key that the sandbox printed when it started. Its QR code appears here.",
      code(`${client}\n${create}`),
      name ? button("Connect it", connect) : button("Connect one without a program", named),
    ];
  }
  if (session.qr) {
    const src = `/sandbox/sessions/${encodeURIComponent(name)}/qr.png?code=${session.qr}`;
    return [
      `${name} waits for a phone`,
      "A phone would scan this code under Linked devices. Here, a button does it.",
      h("img", { class: "qr", src, alt: `QR code of ${name}` }),
      button("Scan", { "data-action": "scan" }),
    ];
  }
  const reason = session.statusReason;
  if (session.status === "CONNECTING") return [`${name} is connecting`, reason ?? "", button("Connect now", connect)];
  if (session.status !== "CONNECTED") {
    const text = REASONS[reason] ?? reason ?? "It has not been started yet.";
    const start = code(`client.sessions.start(${quoted})`);
    return [`${name} is not connected`, text, start, button("Connect", connect)];
  }
  const write = button("Write as a new contact", { "data-action": "openDialog", "data-dialog": "new-chat" });
  if (chat) return ["No such chat yet", `Nobody has written in ${chat}.`, write];
  if (view.chats.length > 0) return ["Choose a chat", "Or write to the account as somebody new.", write];
  const message = '{"chatId": "5511988887777@s.whatsapp.net", "type": "text", "text": "Hello!"}';
  const send = code(`client.messages.send(${quoted}, ${message})`);
  return ["No chats yet", "Send a message: it appears here, and you can answer it. Or write first.", send, write];
}

// --- Rendering

let leftHash = null;
let newestId = null;
let follows = true;

function render() {
  const focused = document.activeElement;
  const [session, chat] = [openSession(), openChat()];
  const here = { ...route(), deliveries: false };

  document.title = [chat?.name, session?.name, "Titan sandbox"].filter(Boolean).join(" · ");
  document.body.dataset.pane = pane(route());
  $("back-to-chats").href = link({ session: here.session });
  $("back-from-deliveries").href = link(here);
  for (const each of document.querySelectorAll(".to-deliveries")) each.href = link({ ...here, deliveries: true });

  morph($("sessions"), view.sessions.map(sessionRow));
  $("chats-title").textContent = session?.pushName ?? "Chats";
  $("session-actions").hidden = !isConnected();
  morph($("chats"), view.chats.map(chatRow));
  morph($("webhooks"), view.webhooks.map(webhookRow));
  const deliveries = view.deliveries.length > 0 ? view.deliveries.map(deliveryRow) : [noDeliveries()];
  morph($("deliveries"), [...view.warnings.map(warningRow), ...deliveries]);

  $("conversation").hidden = !chat;
  $("placeholder").hidden = Boolean(chat);
  if (chat) {
    renderChat(chat);
  } else {
    const [title, text, ...more] = placeholder(session);
    const href = link({ session: here.chat && here.session });
    const back = here.session && h("a", { class: "icon-button back", href, "aria-label": "Back" }, icon("back"));
    morph($("placeholder"), [back, h("h2", { tabindex: -1 }, title), p("quiet", text), ...more].filter(Boolean));
  }
  placeFocus(focused);
}

function pane({ session, chat, deliveries }) {
  if (deliveries) return "deliveries";
  if (!session && view.sessions.length > 0) return "sessions";
  return !chat && isConnected() && view.chats.length > 0 ? "chats" : "chat";
}

function renderChat(chat) {
  const scroller = $("scroller");
  const isOther = scroller.dataset.chat !== link(shown());
  if (isOther) {
    follows = true;
    swapDrafts(scroller.dataset.chat, link(shown()));
    scroller.dataset.chat = link(shown());
    $("messages").replaceChildren();
  }

  const members = chat.isGroup ? chat.members : [];
  const address = chat.id.endsWith("@lid") ? "Phone number unknown" : `+${chat.id.split("@")[0]}`;
  morph($("chat-avatar"), [avatar(chat.name, chat.isGroup)]);
  $("chat-title").textContent = chat.name;
  $("chat-subtitle").textContent = chat.isGroup
    ? members.map(({ name }) => name).join(", ")
    : [address, PRESENCE[chat.presence]].filter(Boolean).join(" · ");
  morph($("messages"), messageRows(chat));

  $("composer").hidden = !canWrite(chat);
  $("no-composer").hidden = canWrite(chat);
  $("no-composer").textContent = isConnected() ? "Nobody can answer here." : "The session is not connected.";
  $("sender-field").hidden = !chat.isGroup;
  morph($("sender"), members.map(({ jid, name }) => h("option", { "data-key": jid, value: jid }, name)));
  showSpeaker();

  follow();
  const newest = view.messages.at(-1);
  if (!isOther && newest && newest.id !== newestId) {
    $("announcer").textContent = `${author(chat, newest)}: ${preview({ ...chat, isGroup: false }, newest)}`;
  }
  newestId = newest?.id;
}

// Only where the newest message was visible: nobody who has scrolled up to read is moved.
function follow() {
  if (follows) $("scroller").scrollTop = $("scroller").scrollHeight;
  $("to-newest").hidden = follows;
}

// Focus goes to where a followed link led. Otherwise it stays where it was; if that element is gone, it does not
// start again at the top of the page.
function placeFocus(focused) {
  const isVisible = (element) => element.checkVisibility({ visibilityProperty: true });
  const origin = [...document.links].find((each) => each.hash === leftHash && isVisible(each));
  const current = document.querySelector(`.pane.${document.body.dataset.pane}`);
  const heading = [...current.querySelectorAll("h1, h2")].find(isVisible);
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const opensChat = leftHash !== null && current.matches(".chat") && isVisible($("text")) && !isTouched;
  leftHash = null;
  if (opensChat) $("text").focus();
  else if (focused === document.body) return;
  else if (isVisible(focused)) focused.focus({ preventScroll: true });
  else (origin ?? heading).focus();
}

// --- Writing as the contact

const drafts = new Map();
let file = null;
let typing = null;

function swapDrafts(left, opened) {
  drafts.set(left, { text: $("text").value, file });
  const draft = drafts.get(opened) ?? { text: "", file: null };
  $("text").value = draft.text;
  attach(draft.file);
}

function attach(chosen) {
  file = chosen;
  $("file").value = "";
  $("attachment").hidden = !file;
  $("attachment-name").textContent = file ? `${file.name}, ${file.size.toLocaleString([], BYTES)}` : "";
}

function speaker() {
  return openChat().isGroup ? $("sender").value : openChat().id;
}

function showSpeaker() {
  const name = nameOf(openChat(), speaker()) ?? "";
  morph($("speaker"), [avatar(name)]);
  $("text").placeholder = `Answer as ${name}`;
  $("text").setAttribute("aria-label", `Answer as ${name}`);
}

async function send() {
  const { id, isGroup } = openChat();
  const [text, sent, sender] = [$("text").value, file, speaker()];
  if (!text.trim() && !sent) return;
  $("text").value = "";
  attach(null);
  clearTimeout(typing);
  typing = null;
  try {
    const fields = sent && (await fieldsOf(sent));
    await postToSession("messages", { sender, text: text || undefined, group: isGroup ? id : undefined, ...fields });
  } catch (error) {
    $("text").value ||= text;
    attach(file ?? sent);
    throw error;
  }
}

async function fieldsOf(sent) {
  const reader = new FileReader();
  reader.readAsDataURL(sent);
  await new Promise((resolve) => reader.addEventListener("loadend", resolve));
  if (reader.error) throw reader.error;
  // With a filename, a picture would arrive as a document.
  const filename = /^(image|audio|video)\//.test(sent.type) ? undefined : sent.name;
  return { media: reader.result.split(",")[1], mimeType: sent.type || undefined, filename };
}

function showTyping() {
  const { id: chatId, isGroup } = openChat();
  if (isGroup) return;
  const show = (presence) => postToSession("presence", { chatId, presence }).catch(showError);
  if (!typing) show("composing");
  clearTimeout(typing);
  typing = setTimeout(() => {
    typing = null;
    show("available");
  }, 4000);
}

// --- Buttons and forms

const actions = {
  attach: () => $("file").click(),
  detach: () => attach(null),
  connect: () => postToSession("connect"),
  disconnect: () => postToSession("disconnect", { reason: "STREAM_ERROR" }),
  logout: () => postToSession("logout"),
  scan: () => postToSession("scan"),
  openDialog: ({ dialog }) => $(dialog).showModal(),
  closeDialog: (_, pressed) => pressed.closest("dialog").close(),
  scrollToNewest() {
    follows = true;
    follow();
    $("text").focus();
  },
  vote: ({ message, option }) => postToSession(`messages/${message}/vote`, { options: [option], sender: speaker() }),
  async copy({ text }, pressed) {
    await navigator.clipboard.writeText(text);
    pressed.textContent = "Copied";
  },
  chooseReaction({ message }, pressed) {
    const popover = $("reactions");
    const { left, top } = pressed.getBoundingClientRect();
    popover.dataset.message = message;
    popover.showPopover();
    const { offsetWidth: width, offsetHeight: height } = popover;
    popover.style.left = `${Math.max(8, Math.min(left - width / 2, innerWidth - width - 8))}px`;
    popover.style.top = `${Math.max(8, top - height - 8)}px`;
  },
  react({ reaction }) {
    const { message: id } = $("reactions").dataset;
    $("reactions").hidePopover();
    const { reactions } = view.messages.find((message) => message.id === id);
    const isThere = reactions.some((each) => each.sender === speaker() && each.reaction === reaction);
    return postToSession(`messages/${id}/reaction`, { reaction: isThere ? "" : reaction, sender: speaker() });
  },
};

const forms = {
  send,
  async connect({ session }) {
    await post(`sessions/${encodeURIComponent(session)}/connect`);
    location.hash = link({ session });
  },
  async write(message) {
    const { chatId } = await postToSession("messages", message);
    location.hash = link({ ...shown(), chat: chatId });
  },
  async reset() {
    await post("reset");
    location.hash = "#/";
  },
};

let errorTimer;

function showError({ message }) {
  $("error").textContent = message;
  // Hidden and shown again, it lies above a dialog.
  $("error").hidePopover();
  $("error").showPopover();
  clearTimeout(errorTimer);
  errorTimer = setTimeout(() => $("error").hidePopover(), 6000);
}

document.addEventListener("click", ({ target }) => {
  const pressed = target.closest("[data-action]");
  if (pressed) Promise.resolve(actions[pressed.dataset.action](pressed.dataset, pressed)).catch(showError);
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const done = forms[form.dataset.submit](Object.fromEntries(new FormData(form)));
  done.then(() => form.closest("dialog")?.close(), showError);
});
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => dialog.querySelector("form").reset());
}

$("text").addEventListener("input", showTyping);
$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
$("text").addEventListener("paste", (event) => {
  if (event.clipboardData.files.length === 0) return;
  event.preventDefault();
  attach(event.clipboardData.files[0]);
});
$("file").addEventListener("change", () => attach($("file").files[0]));
$("sender").addEventListener("change", showSpeaker);
$("scroller").addEventListener("scroll", ({ target }) => {
  follows = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
  $("to-newest").hidden = follows;
});
const sizes = new ResizeObserver(follow);
sizes.observe($("scroller"));
sizes.observe($("messages"));
$("messages").addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const buttons = [...document.querySelectorAll("[data-action=chooseReaction]")];
  if (!step || !buttons.includes(event.target)) return;
  event.preventDefault();
  buttons[buttons.indexOf(event.target) + step]?.focus();
});
addEventListener("hashchange", ({ oldURL }) => {
  leftHash = new URL(oldURL).hash || "#/";
  refresh();
});

for (const reaction of REACTIONS) {
  const attributes = { class: "reaction", autofocus: reaction === REACTIONS[0], "data-action": "react" };
  $("reactions").append(button(reaction, { ...attributes, "data-reaction": reaction }));
}
refresh();
listen();
