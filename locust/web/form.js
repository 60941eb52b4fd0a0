/* What the forms of the two dials share. */

import { element } from "./elements.js";

/** A field for a number between limits. */
export function numeric(limits) {
  return element("input", { type: "number", inputMode: "decimal", ...limits });
}

/** A field for one of several names. */
export function choice(names) {
  return element("select", {}, ...names.map((name) => element("option", {}, name)));
}

/** A field behind its name. */
export function labelled(name, field, title = "") {
  return element("label", { title }, element("span", {}, name), field);
}

/**
 * A refusal with a form's labels instead of the settings' names: "delay, ms: expected …".
 *
 * The refused value is left out, as the field still shows it; a value that only explains stays.
 */
export function labelledIn(sentence, labels) {
  const [refused, ...rest] = sentence.split(": expected ");
  const named = (text, written) =>
    text.replace(/\b(?:FLASK_|FASTAPI_)?([A-Za-z_]+)=('[^']*'|[^\s,:]+)/g, (whole, name, value) => {
      const label = labels[name.toLowerCase()];
      return label === undefined ? whole : written(label, value);
    });
  const beside = (label, value) => `${label.split(",")[0]} ${value}`;
  if (!rest.length) return named(sentence, beside);
  return [named(refused, (label) => label), ...rest.map((each) => named(each, beside))].join(": expected ");
}

/** What is wrong with a number's field, in the unit of its label; "" where nothing is. */
export function problemOf(field, label, isWhole = false) {
  const value = field.valueAsNumber;
  const [low, high] = [field.min, field.max].map((limit) => (limit === "" ? null : Number(limit)));
  const isInside = !Number.isNaN(value) && (low === null || value >= low) && (high === null || value <= high);
  if (isInside && (!isWhole || Number.isInteger(value))) return "";
  const limits = high === null ? "" : ` from ${low.toLocaleString("en-US")} to ${high.toLocaleString("en-US")}`;
  return `${label}: expected a ${isWhole ? "whole " : ""}number${limits}.`;
}

/** Dim buttons that are to do nothing for now; `disabled` would also take the focus from them. */
export function setBusy(buttons, is) {
  for (const each of buttons) each.setAttribute("aria-disabled", String(is));
}

/** Whether a press of the button is to do nothing. */
export function isBusy(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/** Send `wanted` and return the answer. Throws an Error with a sentence where it is refused. */
export async function ask(address, method, wanted) {
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: wanted ? { "Content-Type": "application/json" } : {},
      body: wanted && JSON.stringify(wanted),
    });
  } catch {
    throw new Error("Locust's page gives no answer.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail || answer.message || `Refused with ${response.status}.`);
  return answer;
}
