/* The charts: Vega-Lite specifications from the server, fed with the state of the lab. */

import { CHARTS, VEGA } from "./addresses.js";
import { chart } from "./chart.js";
import { element } from "./elements.js";
import * as plain from "./plain.js";
import * as theme from "./theme.js";

/**
 * Fill `place` with the charts, or with a plain table where they cannot be drawn.
 * Returns `{show(state), dress(), colourOf(target), end()}`.
 */
export function charts(place) {
  let specs = null;
  let drawn = []; // what chart() returned, one for each
  let latest = null;
  let isEnded = false;
  let endPlain = () => {};

  load();

  async function load() {
    place.replaceChildren(element("p", { className: "lab-hint" }, "Loading the charts …"));
    try {
      // The colours of the cards are in the specifications, so these must not wait for Vega.
      await Promise.all([fetchSpecs().then((fetched) => (specs = fetched)), import(VEGA)]);
      draw();
    } catch (error) {
      fail(error);
    }
  }

  /** All charts again, in the theme of the moment. */
  function draw() {
    if (!specs || isEnded) return;
    clear();
    const dressed = Object.entries(specs[theme.current()]);
    drawn = dressed.map(([name, spec]) => chart(name, spec));
    place.replaceChildren(...drawn.map((each) => each.node));
    for (const each of drawn) each.draw().catch(fail);
    if (latest) show(latest);
  }

  function show(state) {
    latest = state;
    try {
      for (const each of drawn) each.show(state);
    } catch (error) {
      fail(error);
    }
  }

  /** The numbers stay in sight, whatever is wrong with the charts. */
  function fail(error) {
    if (isEnded) return;
    console.error(error);
    clear();
    const again = element("button", { type: "button" }, "Try again");
    again.addEventListener("click", load);
    const reason = element("p", { role: "status" }, `The charts cannot be drawn: ${error.message}. `);
    const table = element("div");
    reason.append(again);
    place.replaceChildren(element("div", { className: "lab-nocharts" }, reason, table));
    endPlain = plain.mount(table);
  }

  function clear() {
    endPlain();
    for (const each of drawn) each.end();
    drawn = [];
  }

  return {
    show,
    dress: draw,
    colourOf: (target) => colourIn(specs, target) ?? "transparent",
    end() {
      isEnded = true;
      clear();
    },
  };
}

async function fetchSpecs() {
  const response = await fetch(CHARTS);
  if (!response.ok) throw new Error(`${CHARTS.pathname} answered with ${response.status}`);
  return response.json();
}

/** The colour that a scale somewhere in `part` gives to `target`. */
function colourIn(part, target) {
  if (typeof part !== "object" || part === null) return undefined;
  const { domain, range } = part;
  if (Array.isArray(domain) && Array.isArray(range) && domain.includes(target)) {
    return range[domain.indexOf(target)];
  }
  for (const inner of Object.values(part)) {
    const colour = colourIn(inner, target);
    if (colour) return colour;
  }
  return undefined;
}
