/* One card for each target: what it is, what it does against what theory says, what limits it. */

import { element, setShown, setText } from "./elements.js";
import { counted, number, rate, seconds, shortTime } from "./figures.js";
import * as server from "./server.js";
import { way } from "./way.js";

/** Kinds without a limit, or with an unknown one. */
const AT_EASE = new Set(["idle", "clear", "unknown", "faults", "replaced"]);

const MOST_COLUMNS = 4;

/** Fill `row` with cards. Returns `show(state)`; `colourOf(target)` is a CSS colour. */
export function cards(row, colourOf) {
  let shown = new Map();
  return (state) => {
    const names = state.targets.map((target) => target.name);
    if (names.join() !== [...shown.keys()].join()) {
      shown = new Map(names.map((name) => [name, card(name)]));
      row.replaceChildren(...[...shown.values()].map((each) => each.node));
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
    { type: "button", className: "lab-quiet", title: "What is it?", "aria-label": `What is ${name}?` },
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
    element("div", { className: "lab-head" }, swatch, element("h3", {}, name), amiss, what),
    element("div", { className: "lab-about" }, shape, used),
    element("dl", {}, throughput.node, latency.node, flight.node),
    stations.node,
    limit,
    probe,
    aloud,
  );

  function show(target, colour, run) {
    const { measured, predicted } = target;
    const isMeasured = run.began_s !== null;
    // Of a burst theory says how long the slowest takes.
    const isOfSlowest = run.load === "burst";
    if (swatch.style.backgroundColor !== colour) swatch.style.backgroundColor = colour;
    node.classList.toggle("lab-inactive", isMeasured && !target.active);
    node.classList.toggle("lab-before", !isMeasured);
    setText(shape, shapeOf(target, isMeasured));
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
    stations.show(isMeasured && target.active ? target.stations : []);
    setText(used, usedOf(measured));
    setShown(used, used.textContent !== "");
    setText(probe, target.probe.sentence);
    setShown(probe, target.probe.sentence !== "");
    node.classList.toggle("lab-doubt", target.limit.is_doubt);
    setText(word, wordFor(target, run));
    setText(sentence, sentenceFor(target, isMeasured));
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
  const title = element("dt", {}, label);
  const big = element("dd", { className: "lab-big" });
  const small = element("dd", { className: "lab-small" });
  function say(value, below) {
    setText(big, value);
    setText(small, below);
  }
  return {
    node: element("div", {}, title, big, small),
    name: (text) => setText(title, text),
    say,
    show(written, measured, predicted, isMeasured) {
      if (isMeasured) say(written(measured), `predicted ${written(predicted)}`);
      else say(written(predicted), "predicted");
    },
  };
}

function wordFor(target, run) {
  if (target.limit.is_doubt) return "⚠ Doubt: ";
  if (run.state === "stopping" || run.state === "stopped") return "At STOP: ";
  return isAtEase(target) ? "" : "Limit: ";
}

function sentenceFor(target, isMeasured) {
  return isAtEase(target) && !isMeasured ? "no load on it yet: press START" : target.limit.sentence;
}

function isAtEase({ limit, slots }) {
  // Dead calls limit a target where they hold its slots.
  return AT_EASE.has(limit.kind) || (limit.kind === "dead" && slots === null);
}

function whereOf({ busy, queue }) {
  if (busy === null) return "busy slots unknown";
  return `${number(busy)}\u00a0busy +\u202f${number(queue)}\u00a0queued`;
}

/** Processor and memory; what is not known is left out. */
function usedOf({ cores_busy: cores, processor_s: timeS, memory_mb: memoryMb }) {
  const parts = [];
  if (cores !== null) parts.push(`${cores.toFixed(2)}\u00a0cores busy`);
  if (timeS !== null) parts.push(`${shortTime(timeS)} a\u00a0request`);
  if (memoryMb !== null) parts.push(`${number(Math.round(memoryMb))}\u00a0MB`);
  return parts.join(" · ");
}

function shapeOf(target, isMeasured) {
  const parts = [pathsOf(target.route)];
  if (target.workers) parts.push(counted(target.workers, "worker"));
  if (!target.slots_known) parts.push("slots not known");
  else parts.push(target.slots === null ? "no slot limit" : counted(target.slots, "slot"));
  if (target.processor) parts.push(`${shortTime(target.processor.held_s)} of processor a request`);
  if (target.users !== null) parts.push(counted(target.users, "user"));
  if (isMeasured && !target.active) parts.push("not in this run");
  return parts.join(" · ");
}

/** Several kinds of users have a route each: "io + ws" as "/io + /ws". */
function pathsOf(route) {
  return route
    .split(" + ")
    .map((each) => `/${each}`)
    .join(" + ");
}

function amissOf({ failed, dropped }) {
  const parts = [];
  if (failed) parts.push(`${number(failed)} failed`);
  if (dropped) parts.push(`${number(dropped)} dropped`);
  return parts.join(", ");
}
