/* One chart, as large as its place. */

import { element } from "./elements.js";
import { heard } from "./heard.js";

const LABELS = {
  throughput: "Answers per second of each target over the last minute, measured and predicted",
  latency: "Latency of each target over the last minute, p50 and p99, and predicted",
  slots: "Busy slots and queue of each target over the last minute",
  lanes: "What each worker process finished in the last 12 seconds",
  processor: "Cores that each target kept busy over the last minute",
  memory: "Memory of each target over the last minute",
};
const LEAST_HEIGHT_PX = 90;
/** Seconds on the time axis, which grows with the run in steps of the least. */
export const LEAST_S = 15;
const MOST_S = 60;

/** The chart `name`. Returns `{node, draw(), show(state), end()}`; draw when the node has its place. */
export function chart(name, spec) {
  const dataset = name === "lanes" ? "blocks" : "seconds";
  const canvas = element("div", { className: "lab-canvas", "aria-hidden": "true" }); // the figure has words for it
  const node = element(
    "figure",
    { className: `lab-chart lab-${name}`, role: "img", "aria-label": LABELS[name] ?? name },
    canvas,
  );
  let view = null;
  let aroundPx = 0; // what the chart needs in height beside the part inside its axes
  let size = "";
  let isEnded = false;
  let latest = null;
  let drawnAtS = null;

  const sized = new ResizeObserver(fit);

  async function draw() {
    const embedded = await window.vegaEmbed(canvas, spec, {
      actions: false,
      defaultStyle: false,
      renderer: zoomOf(node) === 1 ? "canvas" : "svg", // an enlarged canvas would be blurred
      patch: keepWidth,
    });
    if (isEnded) {
      embedded.finalize();
      return;
    }
    view = embedded.view;
    aroundPx = canvas.firstElementChild.clientHeight - view.height();
    fit();
    sized.observe(node);
  }

  /** As large as the place; laid out empty, since text beside the axes would be counted twice. */
  function fit() {
    const { clientWidth, clientHeight } = node;
    if (!clientWidth || size === `${clientWidth} ${clientHeight}`) return;
    size = `${clientWidth} ${clientHeight}`;
    const zoom = zoomOf(node);
    view
      .data(dataset, [])
      .data("changes", [])
      .width(clientWidth / zoom)
      .height(Math.max(LEAST_HEIGHT_PX, clientHeight / zoom - aroundPx))
      .run();
    drawnAtS = null;
    feed();
  }

  function show(state) {
    latest = state;
    feed();
  }

  function feed() {
    if (!view || !latest || drawnAtS === latest.at_s) return;
    drawnAtS = latest.at_s;
    node.setAttribute("aria-label", `${LABELS[name] ?? name}${heard(name, latest)}`);
    // A picture of a run that is over ends with the run, and not now.
    view.signal("is_over", ["stopping", "stopped"].includes(latest.run.state));
    if (dataset === "seconds") view.signal("span_s", spanOf(latest));
    view.data(dataset, latest[dataset]).data("changes", latest.changes).run();
  }

  function end() {
    isEnded = true;
    sized.disconnect();
    view?.finalize();
  }

  return { node, draw, show, end };
}

/** How much larger than usual the style sheet wants the charts. */
function zoomOf(node) {
  return Number(getComputedStyle(node).getPropertyValue("--zoom")) || 1;
}

function spanOf({ at_s: atS, run }) {
  const steps = Math.ceil((atS - (run.began_s ?? atS)) / LEAST_S);
  return Math.min(MOST_S, Math.max(LEAST_S, steps * LEAST_S));
}

/** Leave the width to fit(): Vega's own answer to a resized window lays out with the text in it. */
function keepWidth(spec) {
  for (const signal of spec.signals) {
    if (signal.name === "width") delete signal.on;
  }
  return spec;
}
