/* One chart, as large as its place. */

import { element } from "./elements.js";

const LABELS = {
  throughput: "Answers per second of each target over the last minute, measured and predicted",
  latency: "Latency of each target over the last minute, p50 and p99, and predicted",
  slots: "Busy slots and queue of each target over the last minute",
  lanes: "What each worker process finished in the last 12 seconds",
  processor: "Cores that each target kept busy over the last minute",
  memory: "Memory of each target over the last minute",
};
const LEAST_HEIGHT_PX = 90;

/** The chart `name`. Returns `{node, draw(), show(state), end()}`; draw when the node has its place. */
export function chart(name, spec) {
  const dataset = name === "lanes" ? "blocks" : "seconds";
  const canvas = element("div", { className: "lab-canvas" });
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
      renderer: "canvas",
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
    view
      .data(dataset, [])
      .data("changes", [])
      .width(clientWidth)
      .height(Math.max(LEAST_HEIGHT_PX, clientHeight - aroundPx))
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
    // A picture of a run that is over ends with the run, and not now.
    view.signal("is_over", ["stopping", "stopped"].includes(latest.run.state));
    view.data(dataset, latest[dataset]).data("changes", latest.changes).run();
  }

  function end() {
    isEnded = true;
    sized.disconnect();
    view?.finalize();
  }

  return { node, draw, show, end };
}

/** Leave the width to fit(): Vega's own answer to a resized window lays out with the text in it. */
function keepWidth(spec) {
  for (const signal of spec.signals) {
    if (signal.name === "width") delete signal.on;
  }
  return spec;
}
