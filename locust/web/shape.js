/* A target's dial: the shape of its server in words, and a form to replace the server by another. */

import { SHAPES, shape } from "./addresses.js";
import { element, setShown, setText } from "./elements.js";
import { counted } from "./figures.js";
import { ask, choice, isBusy, labelled, labelledIn, numeric, problemOf, setBusy } from "./form.js";

const WATCHED_MS = 6000; // a failure may be reported some seconds after the replacement

/** Add the shape in words to `bar`, and the form, closed at first. Returns `show(state)`. */
export function shapes(bar) {
  const now = element("span", { className: "lab-shape-now", "aria-live": "polite" });
  const said = element("p", { className: "lab-refusal", "aria-live": "polite" });
  const done = element("p", { className: "lab-replaced", "aria-live": "polite" });
  const chosen = choice([]);
  const fields = element("div", { className: "lab-fields" });
  const presets = element("div", { className: "lab-presets", role: "group", "aria-label": "Presets" });
  const apply = element("button", { type: "submit", className: "lab-main" }, "Apply");
  const reset = element("button", { type: "button" }, "Reset");
  const keep = element("button", { type: "button", className: "lab-quiet", hidden: true }, "Discard");
  apply.title = "Replace the server; what it has begun is answered first";
  reset.title = "Back to how the target was started";
  keep.title = "Forget what is typed here and show the shape as it is";
  const form = element(
    "form",
    { className: "lab-shape-form", noValidate: true, "aria-label": "Shape of a server" },
    element("div", { className: "lab-which" }, labelled("target", chosen), presets),
    fields,
    apply,
    reset,
    keep,
  );
  const panel = element("div", { className: "lab-shape-panel", id: "lab-shape-panel", hidden: true }, form, done, said);
  const opener = element("button", {
    type: "button",
    className: "lab-quiet",
    "aria-controls": panel.id,
    "aria-expanded": "false",
  });
  bar.append(
    element("div", { className: "lab-dial-now lab-server-now" }, element("h3", {}, "Server"), now, opener),
    panel,
  );

  let forms = null; // fields and presets by framework
  let told = null; // the supervisor's answer: the shape now and at the start
  let inputs = new Map(); // by name: what the form has for the framework of the chosen target
  let asked = ""; // for which target and shape the supervisor was asked last
  let targets = [];
  let isEdited = false; // somebody types here: nothing may be overwritten
  let isReplacing = false;
  let replaced = null; // the last replacement by this page, while its failures are counted

  setText(now, "Not known yet.");
  setText(opener, "Change");
  enable();

  opener.addEventListener("click", () => {
    setShown(panel, panel.hidden);
    opener.setAttribute("aria-expanded", String(!panel.hidden));
    setText(opener, panel.hidden ? "Change" : "Close");
    asked = "";
    follow();
  });
  chosen.addEventListener("change", () => {
    told = replaced = null;
    for (const each of [said, done]) setText(each, "");
    edited(false);
    follow();
  });
  fields.addEventListener("input", () => edited(true));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const numbers = shownFields().filter(({ choices }) => !choices.length);
    const problem = numbers.map(({ name, label }) => problemOf(inputs.get(name).input, label, true)).find(Boolean);
    if (problem) setText(said, problem);
    else send("PUT", read());
  });
  reset.addEventListener("click", () => send("DELETE"));
  keep.addEventListener("click", () => {
    if (isBusy(keep)) return;
    apply.focus(); // the button that had the focus is about to disappear
    edited(false);
    setText(said, "");
    fill(told.shape);
  });

  function target() {
    return targets.find(({ name }) => name === chosen.value);
  }

  function edited(is) {
    isEdited = is;
    setShown(keep, is);
    apply.classList.toggle("lab-due", is);
    showFields();
  }

  /** The form can be used while the shape is known and no replacement is under way. */
  function enable() {
    chosen.disabled = isReplacing;
    for (const each of [fields, presets]) each.inert = !told || isReplacing;
    setBusy([apply, reset, keep], !told || isReplacing);
  }

  /** Ask for the shape where the form is open and shows another one than the lab has. */
  async function follow() {
    setText(now, target() ? `${target().name}: ${target().shape ?? "shape not known"}` : "Not known yet.");
    if (panel.hidden || isReplacing || !target()) return;
    const { name, framework, shape: words } = target();
    if (asked === `${name} ${words}`) return;
    asked = `${name} ${words}`;
    try {
      forms ??= await ask(SHAPES, "GET");
      const answer = await ask(shape(name), "GET");
      if (target()?.name !== name || isReplacing) return; // too late
      const isFirst = told === null;
      told = answer;
      if (isFirst) build(forms[framework]);
      if (!isEdited) fill(told.shape);
    } catch (problem) {
      told = null;
      setText(said, problem.message);
    }
    enable();
  }

  function build({ fields: wanted, presets: known }) {
    inputs = new Map(
      wanted.map((field) => {
        const input = field.choices.length ? choice(field.choices) : numeric({ min: 0, step: 1 });
        return [field.name, { field, input, label: labelled(field.label, input) }];
      }),
    );
    fields.replaceChildren(...[...inputs.values()].map(({ label }) => label));
    presets.replaceChildren(...known.map(preset));
    setText(said, "");
  }

  function preset({ name, sentence, shape: wanted }) {
    const button = element("button", { type: "button", title: sentence }, name);
    button.addEventListener("click", () => {
      fill(wanted ?? told.start);
      edited(true);
    });
    return button;
  }

  function fill(values) {
    for (const [name, { input }] of inputs) {
      if (name in values && input.value !== String(values[name])) input.value = values[name];
    }
    showFields();
  }

  /** Only fields that mean something for the worker class. */
  function shownFields() {
    const kind = inputs.get("worker_class")?.input.value ?? told?.shape.worker_class;
    return [...inputs.values()]
      .map(({ field }) => field)
      .filter(({ classes }) => !classes.length || classes.includes(kind));
  }

  function showFields() {
    const shown = new Set(shownFields().map(({ name }) => name));
    for (const [name, { label }] of inputs) setShown(label, shown.has(name));
  }

  function read() {
    return Object.fromEntries(
      shownFields().map(({ name, choices }) => {
        const { input } = inputs.get(name);
        return [name, choices.length ? input.value : input.valueAsNumber];
      }),
    );
  }

  async function send(method, wanted) {
    if (isBusy(apply)) return;
    const { name, measured } = target();
    const failedBefore = measured.failed;
    isReplacing = true;
    replaced = null;
    enable();
    setText(said, "");
    setText(done, `${name} answers what it has begun; then its new server starts …`);
    try {
      told = await ask(shape(name), method, wanted);
      replaced = { name, failedBefore, tookS: told.took_s, untilMs: performance.now() + WATCHED_MS };
      edited(false);
      fill(told.shape);
      count();
    } catch (problem) {
      const labels = Object.fromEntries([...inputs.values()].map(({ field }) => [field.name, field.label]));
      setText(said, labelledIn(problem.message, labels));
      setText(done, "");
    }
    isReplacing = false;
    enable();
  }

  /** What the last replacement took, and what it cost. */
  function count() {
    if (!replaced || performance.now() > replaced.untilMs) return;
    const { name, failedBefore, tookS } = replaced;
    const lost = targets.find((each) => each.name === name).measured.failed - failedBefore;
    const cost = lost > 0 ? `${counted(lost, "request")} failed meanwhile` : "nothing lost";
    setText(done, `${name} replaced in ${tookS.toFixed(1)} s, ${cost}.`);
  }

  return (state) => {
    const names = state.targets.map(({ name }) => name);
    if (names.join() !== targets.map(({ name }) => name).join()) {
      chosen.replaceChildren(...names.map((name) => element("option", {}, name)));
      chosen.value = (state.targets.find(({ active }) => active) ?? state.targets[0])?.name;
    }
    targets = state.targets;
    follow();
    count();
  };
}
