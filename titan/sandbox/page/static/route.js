// Where the page is: #/session/chat, with ?deliveries where these are shown instead.

/** @typedef {{ session?: string, chat?: string, deliveries?: boolean }} Place */

export function route() {
  const [path = "", query] = location.hash.slice(1).split("?");
  const [session = "", chat = ""] = path.split("/").slice(1).map(decode);
  return { session, chat, deliveries: query === "deliveries" };
}

/** @param {Place} place */
export function link({ session, chat, deliveries }) {
  const segments = [session, chat].filter((segment) => segment !== undefined && segment !== "");
  const path = segments.map((segment) => encodeURIComponent(segment ?? "").replace("%40", "@"));
  return `#/${path.join("/")}${deliveries ? "?deliveries" : ""}`;
}

/** @param {string} segment */
function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
