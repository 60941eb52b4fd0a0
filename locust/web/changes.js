/* What the numbers on the time axes of the charts stand for. */

import { element, setText } from "./elements.js";

/** Fill `list` with the changes, in the order of their numbers. Returns `show(state)`. */
export function changes(list) {
  let shown = new Map();
  return ({ changes: rows, run }) => {
    const isOver = ["stopping", "stopped"].includes(run.state);
    const numbers = rows.map(({ number }) => number);
    if (numbers.join() !== [...shown.keys()].join()) {
      shown = new Map(rows.map((row) => [row.number, line(row)]));
      list.replaceChildren(...[...shown.values()].map(({ node }) => node));
    }
    list.hidden = rows.length === 0;
    for (const { number, t_s: atS } of rows) {
      setText(shown.get(number).when, `${Math.round(-atS)} s ${isOver ? "before the end" : "ago"}`);
    }
  };
}

function line({ number, what }) {
  const when = element("small");
  const badge = element("span", { className: "lab-badge" }, String(number));
  return { node: element("li", {}, badge, element("span", {}, what), when), when };
}
