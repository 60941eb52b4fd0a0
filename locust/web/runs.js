/* The runs that are over: their settings and results, two of them compared, one as a card to paste. */

import { COMPARE, RUNS } from "./addresses.js";
import { element, setShown, setText } from "./elements.js";
import { rate, seconds } from "./figures.js";
import { ask } from "./form.js";
import { savePicture } from "./picture.js";

const ANSWER_OF = { throughput_rps: "answers a second", latency_s: "latency" };

/** Fill `place`. Returns `show(state)`; `colourOf(target)` is a CSS colour. */
export function runs(place, colourOf) {
  const body = element("tbody");
  const heads = ["A", "B", "run", "load", "upstream", "result", ""].map((each) => element("th", { scope: "col" }, each));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body);
  const said = element("div", { className: "lab-compared", "aria-live": "polite" });
  const next = element("p", { className: "lab-next" });
  const kept = element(
    "details",
    { className: "lab-kept", hidden: true },
    element("summary", {}, "Runs so far"),
    table,
    said,
  );
  place.append(next, kept);
  let asked = null; // the end of the run after which the list was asked for
  let list = [];

  async function load() {
    try {
      list = await ask(RUNS, "GET");
    } catch (problem) {
      setText(said, problem.message);
      return;
    }
    setShown(kept, list.length > 0);
    body.replaceChildren(...[...list].reverse().map(line));
    const radios = (name) => body.querySelectorAll(`input[name=${name}]`);
    if (list.length > 1) {
      radios("lab-a")[1].checked = radios("lab-b")[0].checked = true;
      compare();
    }
  }

  function line(run) {
    const radio = (name) =>
      element("input", { type: "radio", name, value: run.number, "aria-label": `Run ${run.number} as ${name.at(-1).toUpperCase()}` });
    const [a, b] = [radio("lab-a"), radio("lab-b")];
    a.addEventListener("change", compare);
    b.addEventListener("change", compare);
    const copy = element("button", { type: "button", className: "lab-quiet" }, "Copy as text");
    copy.addEventListener("click", () => copyCard(run, copy));
    const picture = element("button", { type: "button", className: "lab-quiet" }, "Save as picture");
    picture.addEventListener("click", () => savePicture(run, colourOf).catch(({ message }) => setText(said, message)));
    const out = element("div", { className: "lab-out" }, copy, picture);
    const cells = [a, b, String(run.number), run.load, run.upstream, run.headline, out];
    return element("tr", {}, ...cells.map((each) => element("td", {}, each)));
  }

  async function compare() {
    const chosen = (name) => body.querySelector(`input[name=${name}]:checked`)?.value;
    const [a, b] = [chosen("lab-a"), chosen("lab-b")];
    if (!a || !b || a === b) {
      said.replaceChildren(element("p", {}, "Choose two different runs to compare them."));
      return;
    }
    const url = new URL(COMPARE);
    url.searchParams.set("a", a);
    url.searchParams.set("b", b);
    try {
      const { unlike, differences } = await ask(url, "GET");
      const lines = differences.map((each) => element("li", {}, sentence(each)));
      said.replaceChildren(
        element("p", {}, unlike.length ? `Not alike: ${unlike.join("; ")}.` : "Both runs have the same settings."),
        element("ul", {}, ...lines),
        element("p", { className: "lab-note" }, "Windows of one run share its servers: another start may differ by more."),
      );
    } catch (problem) {
      said.replaceChildren(element("p", { className: "lab-refusal" }, problem.message));
    }
  }

  return (state) => {
    setText(next, state.try_next);
    setShown(next, state.try_next !== "");
    const over = state.run.state === "stopped" ? state.run.began_s : null;
    if (over === asked && list.length) return;
    if (state.run.state === "stopped" || asked === null) {
      asked = over ?? 0;
      load();
    }
  };
}

function sentence({ target, metric, answer, part, low, high }) {
  const signed = (share) => `${share < 0 ? "\u2212" : "+"}${Math.abs(share * 100).toFixed(1)}\u00a0%`;
  const range = low === null ? "" : ` (${signed(low)} to ${signed(high)})`;
  const change = part === null ? "" : `, B against A ${signed(part)}${range}`;
  return `${target}, ${ANSWER_OF[metric]}: ${answer}${change}`;
}

/** The run in a few lines, for a chat. */
async function copyCard(run, button) {
  const lines = run.targets.map(
    ({ name, shape, throughput_rps: answers, latency_s: latency }) =>
      `${name} (${shape ?? "shape not known"}): ${rate(answers)} answers a second, latency ${seconds(latency)}`,
  );
  const text = [run.headline, `Load: ${run.load}. Upstream: ${run.upstream}.`, ...lines].filter(Boolean).join("\n");
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    setText(button, "Copied");
  } catch {
    setText(button, "Cannot be copied here");
  }
  setTimeout(() => setText(button, before), 2000);
}
