/* Many targets: a row of a table for each, where a card would be too small to read. */

import { element, setText } from "./elements.js";
import { number, rate, seconds } from "./figures.js";
import * as server from "./server.js";
import { setWords } from "./terms.js";
import { amissOf, isStarting, limitOf, shapeOf, usedOf, whereOf } from "./words.js";

const COLUMNS = ["target", "answers/s", "predicted", "latency", "predicted", "in flight", "what limits it"];

function table(lines) {
  const head = COLUMNS.map(() => element("th", { scope: "col" }));
  head.forEach((each, place) => setWords(each, COLUMNS[place]));
  return element(
    "table",
    { className: "lab-rows" },
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...lines),
  );
}

/** The row of one target. Returns `{node, show(target, colour, run)}`, as a card does. */
function row(name) {
  const swatch = element("span", { className: "lab-swatch", "aria-hidden": "true" });
  const what = element("button", { type: "button", className: "lab-quiet", "aria-label": `What is it? ${name}` }, "?");
  what.addEventListener("click", () => server.show(name, what));
  const shape = element("small");
  const used = element("small", { className: "lab-used" });
  const amiss = element("small", { className: "lab-amiss" });
  const cells = COLUMNS.slice(1).map(() => element("td"));
  const [answers, predictedRate, latency, predictedTime, flight, limit] = cells;
  const title = element("th", { scope: "row" }, swatch, element("strong", {}, name), what, amiss, shape, used);
  const node = element("tr", {}, title, ...cells);

  function show(target, colour, run) {
    const { measured, predicted } = target;
    const isMeasured = run.began_s !== null && !isStarting(target, run);
    const isOfSlowest = run.load === "burst";
    if (swatch.style.backgroundColor !== colour) swatch.style.backgroundColor = colour;
    node.classList.toggle("lab-inactive", run.began_s !== null && !target.active);
    node.classList.toggle("lab-doubt", target.limit.is_doubt);
    setWords(shape, shapeOf(target, run.began_s !== null));
    setText(used, usedOf(measured));
    setText(amiss, amissOf(measured));
    setText(answers, rate(isMeasured ? measured.throughput_rps : null));
    setText(predictedRate, rate(predicted.throughput_rps));
    setText(latency, seconds(isMeasured ? (isOfSlowest ? measured.p99_s : measured.p50_s) : null));
    setText(predictedTime, seconds(predicted.response_s));
    setText(flight, isMeasured ? `${number(measured.in_flight)}: ${whereOf(measured)}` : "");
    const { word, sentence } = limitOf(target, run);
    setText(limit, word + sentence);
  }

  return { node, show };
}

export const rows = { table, row };
