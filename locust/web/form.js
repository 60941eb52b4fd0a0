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
