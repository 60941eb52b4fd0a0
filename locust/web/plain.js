/* The targets' numbers as a plain table: what is shown where the charts cannot be. */

import { element, setText } from "./elements.js";
import { watch } from "./feed.js";
import { number, rate, seconds } from "./figures.js";

const EVERY_MS = 1000;
const COLUMNS = [
  ["Target", ({ name }) => name],
  ["Answers/s", ({ measured }) => rate(measured.throughput_rps)],
  ["predicted", ({ predicted }) => rate(predicted.throughput_rps)],
  ["p50", ({ measured }) => seconds(measured.p50_s)],
  ["p99", ({ measured }) => seconds(measured.p99_s)],
  ["predicted", ({ predicted }) => seconds(predicted.response_s)],
  ["Busy slots", ({ measured }) => number(measured.busy)],
  ["of", ({ slots }) => (slots === null ? "no limit" : number(slots))],
  ["Queue", ({ measured }) => number(measured.queue)],
  ["Failed", ({ measured }) => number(measured.failed)],
  ["What limits it", ({ limit }) => limit.sentence],
];

/** Fill `place`, once a second. Returns a function that ends it. */
export function mount(place) {
  const silence = element("p", { role: "status" });
  const body = element("tbody");
  const head = COLUMNS.map(([title]) => element("th", { scope: "col" }, title));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...head)), body);
  const frame = element("div", { className: "lab lab-plain" }, silence, table);
  place.replaceChildren(frame);

  const stop = watch(
    {
      news({ targets }) {
        setText(silence, "");
        body.replaceChildren(...targets.map(row));
      },
      silence(passedS) {
        setText(silence, `Locust's page has given no answer for ${passedS} s.`);
      },
    },
    EVERY_MS,
  );
  return () => {
    stop();
    frame.remove();
  };
}

function row(target) {
  return element("tr", {}, ...COLUMNS.map(([, text]) => element("td", {}, text(target))));
}
