/* The upstream's dial: what it is, and a form to turn it. */

import { BEHAVIOUR } from "./addresses.js";
import { element, setShown, setText } from "./elements.js";
import { number, percent } from "./figures.js";
import { ask, choice, isBusy, labelled, labelledIn, numeric, problemOf, setBusy } from "./form.js";

const SLIDER_MAX_MS = 10_000;
const MAX_MS = 60_000;
const SETTLED_MS = 2500; // after a change, the state of the lab may for a moment still be the old one
const FROZEN = { error_rate: 0, hang_rate: 1, reset_rate: 0 };
const THAWED = { error_rate: 0, hang_rate: 0, reset_rate: 0 };
const RATES = Object.keys(FROZEN);
/** What a distribution begins with: with less one would not see it. */
const VISIBLE_SIGMA = 0.8;
const VISIBLE_SPREAD = 0.5; // of the delay
const LABELS = {
  delay_ms: "delay, ms",
  distribution: "distribution",
  spread_ms: "spread, ± ms",
  sigma: "sigma",
  error_rate: "errors, %",
  hang_rate: "hang, %",
  reset_rate: "resets, %",
};

/** Fill `bar` with the dial. Returns `show(state)`. */
export function dial(bar) {
  const now = element("p", { className: "lab-now", "aria-live": "polite" });
  const said = element("p", { className: "lab-refusal", "aria-live": "polite" });
  const slider = element("input", {
    type: "range",
    min: 0,
    max: SLIDER_MAX_MS,
    step: 50,
    "aria-label": "Delay, from 0 to 10 seconds",
  });
  const fields = {
    delay_ms: numeric({ min: 0, max: MAX_MS, step: 50 }),
    distribution: choice(["fixed", "uniform", "lognormal"]),
    spread_ms: numeric({ min: 0, max: MAX_MS, step: 50 }),
    sigma: numeric({ min: 0, max: 3, step: 0.1 }),
    error_rate: numeric({ min: 0, max: 100, step: 1 }),
    hang_rate: numeric({ min: 0, max: 100, step: 1 }),
    reset_rate: numeric({ min: 0, max: 100, step: 1 }),
  };
  const spread = labelled(LABELS.spread_ms, fields.spread_ms);
  const sigma = labelled(LABELS.sigma, fields.sigma);
  const apply = element("button", { type: "submit", className: "lab-main" }, "Apply");
  const reset = element("button", { type: "button" }, "Reset");
  const freeze = element("button", { type: "button" }, "Freeze");
  const keep = element("button", { type: "button", className: "lab-quiet", hidden: true }, "Discard");
  keep.title = "Forget what is typed here and show the dial as it is";
  reset.title = "Back to how the upstream was started";
  const form = element(
    "form",
    { className: "lab-dial", noValidate: true, "aria-label": "Dial of the upstream" },
    slider,
    labelled(LABELS.delay_ms, fields.delay_ms),
    labelled(LABELS.distribution, fields.distribution),
    spread,
    sigma,
    labelled(LABELS.error_rate, fields.error_rate, "Share of the calls that get an error, after the wait"),
    labelled(
      LABELS.hang_rate,
      fields.hang_rate,
      "Share of the calls that never get an answer: each is dead until the target's time-out",
    ),
    labelled(LABELS.reset_rate, fields.reset_rate, "Share of the calls whose connection is reset, after the wait"),
    apply,
    reset,
    freeze,
    keep,
  );
  bar.append(element("div", { className: "lab-dial-now" }, element("h3", {}, "Upstream"), now), form, said);

  showFields();
  setText(now, "Not known yet.");
  form.inert = true; // until there is something to change

  let behaviour = null; // as the upstream has it
  let before = THAWED; // the faults before the dial was frozen
  let isEdited = false; // somebody types here: nothing may be overwritten
  let settledAt = -Infinity;

  form.addEventListener("input", (event) => {
    if (event.target === slider) fields.delay_ms.value = slider.value;
    else if (event.target === fields.delay_ms) slider.value = fields.delay_ms.value;
    else if (event.target === fields.distribution) spreadOut();
    edited(true);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = read();
    const numbers = Object.keys(wanted).filter((name) => name !== "distribution");
    const problem = numbers.map((name) => problemOf(fields[name], LABELS[name])).find(Boolean) ?? sumOf(wanted);
    if (problem) setText(said, problem);
    else send("PUT", wanted);
  });
  reset.addEventListener("click", () => send("DELETE"));
  // Both leave what is typed here as it is.
  freeze.addEventListener("click", () => send("PUT", isFrozen(behaviour) ? before : FROZEN, isEdited));
  keep.addEventListener("click", () => {
    apply.focus(); // the button that had the focus is about to disappear
    edited(false);
    setText(said, "");
    fill();
  });

  function edited(is) {
    isEdited = is;
    setShown(keep, is);
    apply.classList.toggle("lab-due", is);
    showFields();
  }

  /** A distribution without a spread would look as the fixed delay does. */
  function spreadOut() {
    if (!fields.sigma.valueAsNumber) fields.sigma.value = VISIBLE_SIGMA;
    if (!fields.spread_ms.valueAsNumber) {
      fields.spread_ms.value = Math.round(VISIBLE_SPREAD * (fields.delay_ms.valueAsNumber || 0));
    }
  }

  /** Only fields that mean something under the distribution that is chosen. */
  function showFields() {
    setShown(spread, fields.distribution.value === "uniform");
    setShown(sigma, fields.distribution.value === "lognormal");
  }

  function read() {
    const wanted = {
      delay_ms: fields.delay_ms.valueAsNumber,
      distribution: fields.distribution.value,
    };
    for (const name of RATES) wanted[name] = Math.round(fields[name].valueAsNumber * 1e4) / 1e6;
    if (wanted.distribution === "uniform") wanted.spread_ms = fields.spread_ms.valueAsNumber;
    if (wanted.distribution === "lognormal") wanted.sigma = fields.sigma.valueAsNumber;
    return wanted;
  }

  function fill() {
    if (!behaviour) return;
    slider.value = behaviour.delay_ms;
    for (const [name, field] of Object.entries(fields)) {
      const value = RATES.includes(name) ? percentOf(behaviour[name]) : behaviour[name];
      if (field.value !== String(value)) field.value = value;
    }
    showFields();
  }

  /** What the upstream does now: in words, and on the button. */
  function tell(more = "") {
    if (!isFrozen(behaviour)) before = faultsOf(behaviour);
    setText(now, `${sentence(behaviour)}${more}`);
    setText(freeze, isFrozen(behaviour) ? "Thaw" : "Freeze");
    freeze.title = isFrozen(behaviour)
      ? "New calls are answered as before; dead calls stay dead until the target's time-out"
      : "No new call is answered: each is dead until the target's time-out";
  }

  async function send(method, wanted, staysEdited = false) {
    const buttons = [apply, reset, freeze];
    if (buttons.some(isBusy)) return;
    setBusy(buttons, true);
    setText(said, "");
    try {
      behaviour = await ask(BEHAVIOUR, method, wanted);
      settledAt = performance.now();
      edited(staysEdited);
      if (!staysEdited) fill();
      tell();
    } catch (problem) {
      setText(said, labelledIn(problem.message, LABELS));
    } finally {
      setBusy(buttons, false);
    }
  }

  return ({ upstream }) => {
    if (performance.now() - settledAt < SETTLED_MS) return;
    behaviour = upstream.behaviour;
    form.inert = behaviour === null;
    if (!isEdited) fill();
    const silent = upstream.silent_s >= 2 ? ` No answer for ${Math.round(upstream.silent_s)} s.` : "";
    if (behaviour) tell(silent);
    else setText(now, `Not known yet.${silent}`);
  };
}

/** What is wrong with the faults together; "" where nothing is. */
function sumOf(wanted) {
  const sum = RATES.reduce((total, name) => total + wanted[name], 0);
  return sum <= 1 + 1e-9 ? "" : "errors, hang and resets: expected 100 % at most, all three together.";
}

/** Whether each new call hangs. */
function isFrozen({ hang_rate }) {
  return hang_rate === FROZEN.hang_rate;
}

function faultsOf(behaviour) {
  return Object.fromEntries(RATES.map((name) => [name, behaviour[name]]));
}

/** What the upstream does, in words. */
function sentence(behaviour) {
  if (isFrozen(behaviour)) return "Now frozen: no call is answered.";
  const { delay_ms, distribution, spread_ms, sigma } = behaviour;
  const spread = {
    fixed: "each time",
    uniform: `± ${number(spread_ms)} ms, evenly spread`,
    lognormal: `as the median, lognormal, sigma ${number(sigma)}`,
  }[distribution];
  const faults = [`${percent(behaviour.error_rate)} errors`];
  if (behaviour.hang_rate) faults.push(`${percent(behaviour.hang_rate)} hang`);
  if (behaviour.reset_rate) faults.push(`${percent(behaviour.reset_rate)} resets`);
  return `Now ${number(delay_ms)} ms ${spread}; ${faults.join(", ")}.`;
}

function percentOf(share) {
  return Math.round(share * 10_000) / 100;
}
