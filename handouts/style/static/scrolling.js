// What is wider than its place is pushed aside with the arrow keys, too, and has a name for that.

const NAMES = {
  ".highlight pre": "Text that is wider than the page",
  ".table-wrapper": "Table that is wider than the page",
};

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));

for (const [selector, name] of Object.entries(NAMES))
  for (const place of document.querySelectorAll(`article ${selector}`)) {
    place.dataset.wide = name;
    sizes.observe(place);
  }

function mark(place) {
  const isWide = place.scrollWidth > place.clientWidth;
  // A group, and no region: a page would have a landmark for each of its blocks.
  const given = { tabindex: "0", role: "group", "aria-label": place.dataset.wide };
  for (const [attribute, value] of Object.entries(given))
    if (isWide) place.setAttribute(attribute, value);
    else place.removeAttribute(attribute);
}
