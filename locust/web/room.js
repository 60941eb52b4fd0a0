/* The room: who passed which exercise, as the attendees' own machines report it. */

import { PASSES } from "./addresses.js";
import { element, setShown, setText } from "./elements.js";
import { ask } from "./form.js";
import * as theme from "./theme.js";

const EVERY_MS = 3000;
// On the lab's own machine the page's address is of no use to others.
const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);
const HERE = `http://THIS-MACHINE:${location.port || 80}`;

theme.dressPage(document.querySelector("#theme"));

const newest = document.querySelector("#newest");
const trouble = element("p", { className: "room-trouble", role: "alert", hidden: true });
const none = element("p", { className: "room-none", hidden: true }, "No pass yet.");
const table = element("table");
const scroll = element(
  "div",
  { className: "room-scroll", tabIndex: 0, role: "region", "aria-label": "Passes", hidden: true },
  table,
);
let shown = ""; // what the table shows, as JSON: an unchanged table keeps its place and its selection

document.querySelector("#room").replaceChildren(
  element(
    "p",
    {},
    "To be shown here: ",
    element("code", {}, `make join ROOM=${isHere ? HERE : location.origin} NAME=Ada`),
    ", with a name of your own.",
    isHere ? " THIS-MACHINE stands for the address of this machine in the room's network." : "",
  ),
  trouble,
  none,
  scroll,
  element(
    "p",
    { className: "room-note" },
    "Two people with one name are one row. ",
    "If this page asked for a password, write ",
    element("code", {}, "LAB_PASSWORD=..."),
    " before make. ",
    "The passes are kept in memory, and end with this lab.",
  ),
);
document.addEventListener("visibilitychange", load);
load();
setInterval(load, EVERY_MS);

async function load() {
  if (document.hidden) return;
  try {
    const told = await ask(PASSES, "GET");
    if (!told.names) location.reload(); // the login has ended: this leads to its form
    else show(told);
    setShown(trouble, false);
  } catch (problem) {
    setText(trouble, problem.message);
    setShown(trouble, true);
  }
}

function show(told) {
  const text = JSON.stringify(told);
  if (text === shown) return;
  shown = text;
  setShown(none, told.names.length === 0);
  setShown(scroll, told.names.length > 0);
  setText(newest, told.newest ? sentence(told.newest) : "");
  table.replaceChildren(head(told), body(told));
  reveal(table.querySelector(".room-newest"));
}

/** Scroll the table, but not the page, until the cell is seen. */
function reveal(cell) {
  if (!cell) return;
  const [seen, its] = [scroll.getBoundingClientRect(), cell.getBoundingClientRect()];
  const top = seen.top + table.tHead.offsetHeight;
  if (its.top < top) scroll.scrollTop -= top - its.top;
  if (its.bottom > seen.bottom) scroll.scrollTop += its.bottom - seen.bottom;
}

function sentence({ name, exercise, at_s: atS }) {
  const time = new Date(atS * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return `Newest: ${name} passed ${exercise} at ${time}`;
}

function head({ names, exercises }) {
  const numbers = exercises.map(({ number }) => element("th", { scope: "col" }, number));
  const counts = exercises.map(({ passed_by: count }) => element("td", {}, String(count)));
  return element(
    "thead",
    {},
    element("tr", {}, element("th", { scope: "col" }, "Exercise"), ...numbers),
    element("tr", {}, element("th", { scope: "row" }, `Passed, of ${names.length}`), ...counts),
  );
}

function body({ names, exercises, newest: last }) {
  const row = ({ name, passed }) => {
    const cells = exercises.map(({ number }) => {
      const isNewest = last.name === name && last.exercise === number;
      if (!(number in passed)) return element("td");
      return element("td", { className: isNewest ? "room-newest" : "" }, tick(number, isNewest));
    });
    return element("tr", {}, element("th", { scope: "row" }, name), ...cells);
  };
  return element("tbody", {}, ...names.map(row));
}

function tick(number, isNewest) {
  const label = `passed ${number}${isNewest ? ", the newest" : ""}`;
  return element("span", { role: "img", "aria-label": label }, "✓");
}
