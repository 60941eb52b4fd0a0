/* The run: what START would send and what theory predicts for it, START and STOP. */

import { NEXT, STOP, SWARM } from "./addresses.js";
import { LEAST_S } from "./chart.js";
import { element, setShown, setText } from "./elements.js";
import { counted } from "./figures.js";
import { ask, isBusy, labelled, labelledIn, numeric, problemOf, setBusy } from "./form.js";
import { isOn } from "./words.js";

const LOADS = {
  closed: {
    name: "Users",
    sentence: "Each user sends its next request as soon as its last one is answered.",
    field: "user_count",
    label: "users for each target",
    limits: { min: 1, max: 5000, step: 1 },
  },
  burst: {
    name: "Bursts",
    sentence: "All requests of a burst leave at the same instant.",
    field: "burst_size",
    label: "requests to each target",
    limits: { min: 1, max: 2000, step: 1 },
  },
  open: {
    name: "Arrivals",
    sentence: "Requests arrive at a rate, whether or not the earlier ones are answered.",
    field: "arrival_rate",
    label: "a second, to each target",
    limits: { min: 0.1, max: 10_000, step: 0.1 },
  },
  steps: {
    name: "Steps",
    sentence: "1, 4, 16, 64 and 256 users for each target, one number after the other.",
  },
};
/** The fields by their names in Locust's form. */
const LABELS = Object.fromEntries(Object.values(LOADS).map(({ field, label }) => [field, label]));
const SETTLED_MS = 300; // after the last key

/** Fill `place`, where it `drives`. Returns `{show(state), foreseen(state), kind()}`. */
export function start(place, drives) {
  const doing = element("p", { className: "lab-doing" });
  const begin = element("button", { type: "submit", className: "lab-main lab-due" }, "Start");
  const stop = element("button", { type: "button", className: "lab-main" }, "Stop");
  const sentence = element("p", { className: "lab-what", "aria-live": "polite" });
  const theory = element("p", { className: "lab-theory", "aria-live": "polite" });
  const said = element("p", { className: "lab-refusal", role: "alert" });
  const radios = new Map();
  const fields = new Map();
  const choices = element("fieldset", { className: "lab-loads" }, element("legend", { className: "lab-aloud" }, "Load"));
  const numbers = element("div", { className: "lab-number" });
  for (const [kind, { name, field, label, limits }] of Object.entries(LOADS)) {
    const radio = element("input", { type: "radio", name: "lab-load", value: kind });
    radios.set(kind, radio);
    choices.append(element("label", {}, radio, element("span", {}, name)));
    if (!field) continue;
    const input = numeric(limits);
    const node = labelled(label, input);
    fields.set(kind, { input, node });
    numbers.append(node);
  }
  const form = element(
    "form",
    { className: "lab-start", noValidate: true, "aria-label": "The next run" },
    choices,
    numbers,
    begin,
    sentence,
    theory,
  );
  const running = element("div", { className: "lab-on" }, doing, stop);
  if (drives) place.append(form, running, said);

  let run = null;
  let isEdited = false;
  let isFilled = false;
  let timer;
  let answer = null; // of the last question
  let basis = ""; // what it was answered from
  let isSending = false;

  form.addEventListener("input", () => {
    isEdited = true;
    showFields();
    clearTimeout(timer);
    timer = setTimeout(foresee, SETTLED_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!run || isBusy(begin)) return;
    setText(said, problem());
    if (said.textContent) return;
    const values = wanted();
    // All users at once, and until STOP.
    send(SWARM, { ...values, spawn_rate: values.user_count, run_time: "" }, run.form.user_classes);
  });
  stop.addEventListener("click", () => {
    if (!isBusy(stop)) send(STOP, {}, []);
  });

  function kind() {
    return [...radios.values()].find((radio) => radio.checked)?.value ?? "closed";
  }

  /** The form's values by the names of Locust's form. */
  function wanted() {
    const { field } = LOADS[kind()];
    const found = { load: kind(), user_count: run.form.user_count };
    if (!field) return found;
    const value = fields.get(kind()).input.valueAsNumber;
    return { ...found, [field]: field === "user_count" ? value * run.form.user_classes.length : value };
  }

  /** What is wrong with the number that is shown; "" where nothing is. */
  function problem() {
    const { label, limits } = LOADS[kind()];
    const { input } = fields.get(kind()) ?? {};
    return input ? problemOf(input, label, Number.isInteger(limits.step)) : "";
  }

  function showFields() {
    for (const [of, { node }] of fields) setShown(node, of === kind());
    setText(sentence, LOADS[kind()].sentence);
  }

  function fill() {
    if (!isEdited) radios.get(run.load).checked = true;
    const { user_count: users, user_classes: classes } = run.form;
    const numbers = {
      closed: Math.floor(users / Math.max(1, classes.length)),
      burst: run.options.burst_size,
      open: run.options.arrival_rate,
    };
    for (const [of, value] of Object.entries(numbers)) {
      const { input } = fields.get(of);
      if (!isEdited || input.value === "") input.value = value;
    }
    isFilled = true;
    showFields();
  }

  async function foresee() {
    if (!run || isOn(run)) return;
    setText(said, problem());
    if (said.textContent) {
      answer = null;
      setText(theory, "");
      return;
    }
    const url = new URL(NEXT);
    for (const [name, value] of Object.entries(wanted())) url.searchParams.set(name, value);
    try {
      answer = await ask(url, "GET");
      setText(said, "");
    } catch (refusal) {
      answer = null;
      setText(said, labelledIn(refusal.message, LABELS));
    }
    setText(theory, answer?.sentence ?? "");
  }

  async function send(address, values, classes) {
    isSending = true;
    setBusy([begin, stop], true);
    setText(said, "");
    const body = new URLSearchParams(Object.entries(values));
    for (const each of classes) body.append("user_classes", each);
    try {
      const response = await fetch(address, { method: "POST", body });
      const told = await response.json().catch(() => ({}));
      if (!response.ok || told.success === false) {
        throw new Error(told.message || `Refused with ${response.status}.`);
      }
      isEdited = false;
    } catch (refusal) {
      const told = labelledIn(refusal.message, LABELS);
      setText(said, refusal instanceof TypeError ? "Locust's page gives no answer." : told);
    } finally {
      isSending = false;
      setBusy([begin, stop], false);
    }
  }

  return {
    /** The load that the next run has, or the present one. */
    kind: () => (run && isOn(run) ? run.load : kind()),
    show(state) {
      run = state.run;
      const now = basisOf(state);
      const isOld = now !== basis;
      basis = now;
      const goesOn = isOn(run);
      const isLeft = [form, running].find((each) => each.contains(document.activeElement));
      setShown(form, !goesOn);
      setShown(running, goesOn);
      if (isLeft?.hidden) (goesOn ? stop : begin).focus(); // nothing hidden keeps the focus
      if (!isSending) setBusy([stop], run.state === "stopping");
      if (goesOn) setText(doing, doingOf(run));
      else {
        if (!isEdited || !isFilled) fill();
        if (isOld) foresee();
      }
    },
    /** The state with what is predicted, where nothing is measured yet. */
    foreseen(state) {
      if (state.seconds.length) return state;
      const by = new Map(state.run.began_s === null ? answer?.targets.map((each) => [each.name, each]) : []);
      const targets = state.targets.map((each) => ({ ...each, ...by.get(each.name) }));
      return { ...state, targets, seconds: bandsOf(targets) };
    },
  };
}

/** Rows of the charts with the predictions alone, from the left end of the axis to its right. */
function bandsOf(targets) {
  const active = targets.filter((target) => target.active);
  return [-LEAST_S, 0].flatMap((t_s) =>
    active.map(({ name, slots, predicted }) => ({
      t_s,
      target: name,
      slots,
      predicted_rps: predicted.throughput_rps,
      predicted_s: predicted.response_s,
    })),
  );
}

/** Whatever a prediction for the next run depends on, besides the form. */
function basisOf({ run, upstream, targets }) {
  const shapes = targets.map(({ shape, slots, processor }) => [shape, slots, processor]);
  return JSON.stringify([isOn(run), run.form, upstream.behaviour, shapes]);
}

function doingOf({ load, options, form }) {
  const each = Math.floor(form.user_count / Math.max(1, form.user_classes.length));
  return {
    closed: `${counted(each, "user")} for each target`,
    burst: `Bursts of ${counted(options.burst_size, "request")} every ${options.burst_every_s} s`,
    open: `${options.arrival_rate} arrivals a second, to each target`,
    steps: `Steps of ${options.step_s} s: 1, 4, 16, 64 and 256 users`,
  }[load];
}
