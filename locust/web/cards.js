/* One card for each target: what it is, what it does against what theory says, what limits it. */

import { element, setShown, setText } from "./elements.js";
import { number, rate, seconds } from "./figures.js";
import { rows } from "./rows.js";
import * as server from "./server.js";
import { setWords } from "./terms.js";
import { way } from "./way.js";
import { amissOf, isStarting, limitOf, shapeOf, usedOf, whereOf } from "./words.js";

const MOST_COLUMNS = 4;
/** From so many targets on each has a row instead of a card. */
const MANY = 6;

/** Fill `row` with cards. Returns `show(state)`; `colourOf(target)` is a CSS colour. */
export function cards(row, colourOf) {
  let shown = new Map();
  return (state) => {
    const names = state.targets.map((target) => target.name);
    if (names.join() !== [...shown.keys()].join()) {
      const areMany = names.length >= MANY;
      shown = new Map(names.map((name) => [name, areMany ? rows.row(name) : card(name)]));
      const nodes = [...shown.values()].map((each) => each.node);
      row.replaceChildren(...(areMany ? [rows.table(nodes)] : nodes));
      row.classList.toggle("lab-many", areMany);
      row.style.setProperty("--cards", columnsFor(names.length));
    }
    for (const target of state.targets) {
      shown.get(target.name).show(target, colourOf(target.name), state.run);
    }
  };
}

/** Rows of about the same length: nine cards as three rows of three. */
function columnsFor(count) {
  return Math.ceil(count / Math.ceil(count / MOST_COLUMNS));
}

function card(name) {
  const swatch = element("span", { className: "lab-swatch", "aria-hidden": "true" });
  const what = element(
    "button",
    { type: "button", className: "lab-quiet", "aria-label": `What is it? ${name}` },
    element("span", {}, "What is it"),
    "?",
  );
  what.addEventListener("click", () => server.show(name, what));
  const shape = element("p", { className: "lab-shape" });
  const amiss = element("span", { className: "lab-amiss", hidden: true });
  const throughput = figure("answers/s");
  const latency = figure("latency, p50");
  const flight = figure("in flight");
  const word = element("strong");
  const sentence = element("span");
  const limit = element("p", { className: "lab-limit" }, word, sentence);
  const used = element("p", { className: "lab-used" });
  const probe = element("p", { className: "lab-probe" });
  const stations = way();
  // Read aloud when other words have stood for two looks, not each time that a number changes.
  const aloud = element("p", { className: "lab-aloud", "aria-live": "polite" });
  let words = "";
  let heard = "";
  const node = element(
    "article",
    { className: "lab-card", "aria-label": name },
    element("div", { className: "lab-head" }, swatch, element("h3", {}, name), amiss, used, what),
    shape,
    element("dl", {}, throughput.node, latency.node, flight.node),
    stations.node,
    limit,
    probe,
    aloud,
  );

  function show(target, colour, run) {
    const { measured, predicted } = target;
    const hasBegun = run.began_s !== null;
    // In the first seconds of a run nothing is known that is worth a number.
    const isMeasured = hasBegun && !isStarting(target, run);
    // Of a burst theory says how long the slowest takes.
    const isOfSlowest = run.load === "burst";
    if (swatch.style.backgroundColor !== colour) swatch.style.backgroundColor = colour;
    node.classList.toggle("lab-inactive", isMeasured && !target.active);
    node.classList.toggle("lab-before", !isMeasured);
    setWords(shape, shapeOf(target, isMeasured));
    setText(amiss, amissOf(measured));
    setShown(amiss, amiss.textContent !== "");
    throughput.show(rate, measured.throughput_rps, predicted.throughput_rps, isMeasured);
    latency.name(isOfSlowest ? "latency, p99" : "latency, p50");
    latency.show(
      seconds,
      isOfSlowest ? measured.p99_s : measured.p50_s,
      predicted.response_s,
      isMeasured,
    );
    flight.say(
      number(isMeasured ? measured.in_flight : null),
      isMeasured ? whereOf(measured) : "",
    );
    stations.show(hasBegun && target.active ? target.stations : []);
    setText(used, usedOf(measured));
    setShown(used, used.textContent !== "");
    setText(probe, target.probe.sentence);
    setShown(probe, target.probe.sentence !== "");
    node.classList.toggle("lab-doubt", target.limit.is_doubt);
    const said = limitOf(target, run);
    setText(word, said.word);
    setText(sentence, said.sentence);
    const now = withoutNumbers(limit.textContent);
    if (now === words && now !== heard) {
      heard = now;
      setText(aloud, `${name}: ${limit.textContent}`);
    }
    words = now;
  }

  return { node, show };
}

function withoutNumbers(sentence) {
  return sentence.replace(/\d[\d.,]*/g, "");
}

/** A big number over a small line: what is measured over what is predicted, once there is that. */
function figure(label) {
  const title = element("dt");
  setWords(title, label);
  const big = element("dd", { className: "lab-big" });
  const small = element("dd", { className: "lab-small" });
  function say(value, below) {
    setText(big, value);
    setWords(small, below);
  }
  return {
    node: element("div", {}, title, big, small),
    name: (text) => setWords(title, text),
    say,
    show(written, measured, predicted, isMeasured) {
      if (isMeasured) say(written(measured), `predicted ${written(predicted)}`);
      else say(written(predicted), "predicted");
    },
  };
}
