/* What a target says of itself, asked on demand. */

import * as addresses from "./addresses.js";
import { element, setText } from "./elements.js";

/** A supervisor has answered by then, or there is none. */
const SUPERVISOR_S = 2;

/** Ask `target` and show its answer in a dialog beside `opener`, a node of the dashboard. */
export async function show(target, opener) {
  const title = element("h3", {}, target);
  const close = element("button", { type: "button", className: "lab-quiet" }, "Close");
  const body = element("div", { className: "lab-said", "aria-live": "polite" });
  const dialog = element(
    "dialog",
    { className: "lab-dialog", "aria-label": `What ${target} says of itself` },
    element("div", { className: "lab-head" }, title, close),
    body,
  );
  const given = new AbortController();
  const wait = waiting(target, body);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
  dialog.addEventListener("close", () => {
    given.abort();
    wait.end();
    dialog.remove();
    opener.focus();
  });
  opener.closest(".lab").append(dialog);
  dialog.showModal();
  try {
    const answer = await ask(target, given.signal);
    wait.end();
    const { words: sentences, ...facts } = answer;
    body.replaceChildren(element("p", {}, sentences), ...tables(facts));
  } catch (problem) {
    wait.end();
    body.replaceChildren(element("p", { className: "lab-refusal" }, problem.message));
  }
}

/** Seconds that pass; a question that no supervisor answers goes to the target itself. */
function waiting(target, body) {
  const reason = element("span");
  const passed = element("span", { "aria-live": "off" });
  body.append(element("p", {}, `Asking ${target}. `, reason, passed));
  const began = performance.now();
  const tick = () => {
    const seconds = Math.round((performance.now() - began) / 1000);
    if (seconds < SUPERVISOR_S) return;
    setText(reason, "The question waits in the same queue as the load: ");
    setText(passed, `${seconds} s so far.`);
  };
  const timer = setInterval(tick, 1000);
  return { end: () => clearInterval(timer) };
}

async function ask(target, signal) {
  let response;
  try {
    response = await fetch(addresses.server(target), { cache: "no-store", signal });
  } catch {
    throw new Error("Locust's page gives no answer.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail || `${target} answered with ${response.status}.`);
  return answer;
}

/** One table for the plain facts, and one for each group of facts. */
function tables(answer) {
  const plain = [];
  const groups = [];
  for (const [name, value] of Object.entries(answer)) {
    if (!isGroup(value)) plain.push([name, value]);
    else if (isProduct(value)) plain.push([name, `${value.name} ${value.version}`]);
    else if (Object.keys(value).length) groups.push([name, Object.entries(value)]);
  }
  return [table("", plain), ...groups.map(([name, rows]) => table(name, rows))];
}

function table(name, rows) {
  const caption = name ? [element("caption", {}, words(name))] : [];
  const lines = rows.map(([key, value]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, words(key)),
      element("td", {}, written(name, key, value)),
    ),
  );
  return element("table", {}, ...caption, element("tbody", {}, ...lines));
}

function isGroup(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A name and a version, and nothing more: one line. */
function isProduct(value) {
  return Object.keys(value).sort().join() === "name,version";
}

function words(key) {
  return key.replaceAll("_", " ");
}

function written(group, key, value) {
  if (value === null) return group === "slots" || key === "connections" ? "no limit" : "none";
  if (value === true) return "yes";
  if (value === false) return "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
