/** @param {Node} node */
const keyOf = (node) => (node instanceof HTMLElement ? node.dataset.key : undefined);

/**
 * Gives `parent` these children, but keeps the elements it has already: focus, scroll positions, open details and
 * playing voice notes stay with them.
 * @param {Element} parent
 * @param {Node[]} children
 */
export function morph(parent, children) {
  const kept = keepByKey(parent, new Set(children.map(keyOf)));
  /** @type {ChildNode | null} */
  let at = parent.firstChild;
  for (const next of children) {
    const key = keyOf(next);
    const old = key ? kept.get(key) : at;
    if (!old || old.nodeName !== next.nodeName || keyOf(old) !== key) {
      parent.insertBefore(next, at);
      continue;
    }
    if (old === at) at = at.nextSibling;
    else parent.insertBefore(old, at);
    become(old, next);
  }
  while (at) {
    const rest = at;
    at = at.nextSibling;
    rest.remove();
  }
}

/**
 * @param {Element} parent
 * @param {Set<string | undefined>} keys
 */
function keepByKey(parent, keys) {
  /** @type {Map<string, ChildNode>} */
  const kept = new Map();
  for (const child of [...parent.children]) {
    const key = keyOf(child);
    if (key && keys.has(key)) kept.set(key, child);
    else if (key) child.remove();
  }
  return kept;
}

/** @param {ChildNode} old @param {Node} next */
function become(old, next) {
  if (old instanceof Text && next instanceof Text) {
    if (old.data !== next.data) old.data = next.data;
  } else if (old instanceof Element && next instanceof Element) {
    setAttributes(old, next);
    morph(old, [...next.childNodes]);
  }
}

/** @param {Element} old @param {Element} next */
function setAttributes(old, next) {
  for (const { name } of [...old.attributes]) {
    // Details are opened and closed by who reads them.
    if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}
