// Talking to the sandbox: its snapshots, its stream of changes, and what it is asked to do.

import { $ } from "./elements.js";
import { link, route } from "./route.js";
import { setView, shown, view } from "./state.js";

const AT_FIRST = 200;
const MORE = 300;

/** How many messages of a chat are shown, by its link, where that is not the number at first. @type {Map<string, number>} */
const lengths = new Map();
let isLoaded = false;
let isStale = false;
/** @type {Promise<void> | null} */
let fetching = null;
let render = () => {};

/** @param {() => void} show Called whenever there is another snapshot. */
export function start(show) {
  render = show;
  refresh();
  listen();
}

/** Fetches the snapshot anew; at most one at a time is on its way. */
export function refresh() {
  isStale = true;
  fetching ??= fetchUntilFresh().finally(() => (fetching = null));
  return fetching;
}

async function fetchUntilFresh() {
  while (isStale) {
    isStale = false;
    await update(shown());
  }
}

/** @param {{ session: string, chat: string }} asked */
async function update(asked) {
  const query = new URLSearchParams({ ...asked, messages: `${lengths.get(link(asked)) ?? AT_FIRST}` });
  const { data } = await fetch(`/sandbox/overview?${query}`).then((response) => response.json()).catch(() => ({}));
  $("offline").hidden = Boolean(data);
  // When the sandbox is back, its first event makes the page fetch the snapshot again.
  if (!data) return;
  const isFirstSession = isLoaded && view.sessions.length === 0 && data.sessions.length > 0;
  isLoaded = true;
  // These decide which session is shown when none was chosen.
  view.sessions = data.sessions;
  // The page has promised its QR code: a narrow screen would show the list of sessions instead.
  if (isFirstSession && !route().session) location.replace(link({ ...route(), ...shown() }));
  // Somebody whose LID alone was known: the number has become known, and the chat is now under that.
  const { openChat: chat } = data;
  if (chat && chat !== asked.chat) location.replace(link({ ...route(), chat }));
  if (link(asked) === link(shown())) {
    setView(data);
    render();
  } else {
    isStale = true;
  }
}

export function loadEarlier() {
  const open = link(shown());
  lengths.set(open, (lengths.get(open) ?? AT_FIRST) + MORE);
  return refresh();
}

function listen() {
  const events = new EventSource("/sandbox/events");
  events.addEventListener("change", () => void refresh());
  events.addEventListener("error", () => {
    $("offline").hidden = false;
    // An EventSource connects again by itself, but not after a response that is not a stream.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 */
async function ask(path, options) {
  try {
    return await fetch(`/sandbox/${path}`, options);
  } catch {
    throw new Error("The sandbox does not respond. Start it again, then repeat this.");
  }
}

/**
 * @param {string} path
 * @param {object} [body]
 */
export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  const response = await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  const { data, error } = await response.json();
  if (!response.ok) throw new Error(error);
  return data;
}

/**
 * @param {string} path
 * @param {object} [body]
 */
export function postToSession(path, body) {
  return post(`sessions/${encodeURIComponent(shown().session)}/${path}`, body);
}

/**
 * A text of which the snapshot has the beginning only.
 * @param {Record<string, string>} of
 */
export async function fetchWhole(of) {
  const response = await ask(`text?${new URLSearchParams(of)}`);
  if (!response.ok) throw new Error("The sandbox does not have this text any more.");
  const { data } = await response.json();
  return data;
}
