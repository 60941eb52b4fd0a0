/* The room's guesses of the next run: a field for one's own, and a histogram on which the result lands. */

import { GUESSES } from "./addresses.js";
import { element, setShown, setText } from "./elements.js";
import { number } from "./figures.js";
import { ask, choice, labelled, numeric } from "./form.js";
import { histogram } from "./histogram.js";
import { isOn } from "./words.js";

const EVERY_MS = 3000;
const KEY = "lab-guesser";
const UNITS = { rps: "answers a second", s: "seconds to its last answer" };

/**
 * Fill `place`. Returns `{form, show(state), askRoom(), end()}`; `kindOf()` is the load that is guessed
 * about. `askRoom()` has all pages ask for a number of that load, and of those that follow.
 */
export function guess(place, kindOf) {
  const field = numeric({ min: 0, step: "any" });
  const target = choice([]);
  const send = element("button", { type: "submit", className: "lab-main" }, "Guess");
  const said = element("p", { className: "lab-refusal", role: "alert" });
  const thanks = element("p", { className: "lab-note lab-thanks", role: "status" });
  const form = element(
    "form",
    { className: "lab-guess", noValidate: true, "aria-label": "Your guess", hidden: true },
    element("strong", {}, "Your guess"),
    labelled("of", target),
    labelled("", field),
    send,
    said,
    thanks,
  );
  const bars = element("div", { className: "lab-guesses" });
  const unit = form.querySelectorAll("label > span")[1];
  place.append(form, bars);
  let latest = null;
  let found = { unit: null, asked: null, is_over: false, targets: {} };
  const drawn = new Map(); // histograms by target
  let asked = null; // the unit that this page has the room asked for

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setText(said, "");
    setText(thanks, "");
    const wanted = { target: target.value, guesser: guesser(), number: field.valueAsNumber, unit: unitNow() };
    try {
      if (Number.isNaN(wanted.number)) throw new Error("Your guess: expected a number.");
      found = await ask(GUESSES, "POST", wanted);
      setText(thanks, `Counted: ${number(wanted.number)} for ${wanted.target}. You can change it until the run begins.`);
      draw();
    } catch (problem) {
      setText(said, problem.message);
    }
  });

  async function load() {
    if (document.hidden) return;
    try {
      found = await ask(GUESSES, "GET");
      draw();
    } catch {
      // The page's banner tells that nothing answers.
    }
  }

  async function askRoom() {
    asked = unitOf(kindOf());
    try {
      found = await ask(GUESSES, "PUT", { unit: asked });
      draw();
    } catch {
      // A run has begun meanwhile: the next round is asked by its first guess.
    }
  }

  /** What the room is asked for, or else what the load is measured in. */
  function unitNow() {
    return found.asked ?? unitOf(kindOf());
  }

  function draw() {
    if (!latest) return;
    setText(unit, UNITS[unitNow()]);
    const names = latest.targets.map(({ name }) => name).filter((name) => name in found.targets);
    for (const name of [...drawn.keys()]) if (!names.includes(name)) drawn.delete(name);
    for (const name of names) {
      if (!drawn.has(name)) drawn.set(name, histogram(name));
      drawn.get(name).show(found.targets[name], resultOf(latest, name, found), UNITS[found.unit]);
    }
    const nodes = names.map((name) => drawn.get(name).node);
    if (nodes.some((node, at) => node !== bars.children[at]) || nodes.length !== bars.children.length) {
      bars.replaceChildren(...nodes);
    }
  }

  const timer = setInterval(load, EVERY_MS);
  load();
  return {
    form,
    askRoom,
    show(state) {
      latest = state;
      const names = state.targets.filter(({ active }) => active).map(({ name }) => name);
      if (names.join() !== [...target.options].map(({ value }) => value).join()) {
        target.replaceChildren(...names.map((name) => element("option", {}, name)));
      }
      const goesOn = isOn(state.run);
      setShown(form, !goesOn);
      if (goesOn) setText(thanks, "");
      else if (asked && asked !== unitOf(kindOf())) askRoom();
      draw();
    },
    end: () => clearInterval(timer),
  };
}

function unitOf(kind) {
  return kind === "burst" ? "s" : "rps";
}

/** What was measured of the run that was guessed, null where nothing was, or in another unit. */
function resultOf(state, name, { unit, is_over: isOver }) {
  const target = state.targets.find((each) => each.name === name);
  if (!isOver || state.run.began_s === null || !target || unit !== unitOf(state.run.load)) return null;
  return unit === "s" ? target.measured.p99_s : target.measured.throughput_rps;
}

/** A name that this browser made up for itself: it says nothing of who sits before it. */
function guesser() {
  try {
    localStorage[KEY] ??= madeUp();
    return localStorage[KEY];
  } catch {
    return NAME; // storage is forbidden here: the name is gone with the page
  }
}

function madeUp() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const NAME = madeUp();
