/* Making and changing nodes. Text only ever becomes text: names and sentences come from outside. */

/**
 * A new element. A property whose name holds a dash, and `role`, become attributes;
 * children are nodes or strings.
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** Set a node's text where it differs: unchanged text costs no layout, and is not read aloud again. */
export function setText(node, text) {
  const kept = unbroken(text);
  if (node.textContent !== kept) node.textContent = kept;
}

/** A text in which a line never ends between a number and its unit. */
export function unbroken(text) {
  return text.replace(/(\d) (?=(?:ms|s|MB|%)(?!\w))/g, "$1\u00a0");
}

/** Show or hide a node. */
export function setShown(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}
