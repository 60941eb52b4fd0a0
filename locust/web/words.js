/* What a card or a row says of a target, in words. */

import { counted, number, seconds, shortTime } from "./figures.js";

/** Kinds without a limit, or with an unknown one. */
const AT_EASE = new Set(["idle", "clear", "unknown", "faults", "replaced"]);

/** Whether a run goes on, its last answers included. */
export function isOn({ state }) {
  return ["spawning", "running", "stopping"].includes(state);
}

/** Whether a target has so far no number worth showing, in the first seconds of a run. */
export function isStarting({ active, measured }, run) {
  return active && measured.throughput_rps === null && ["spawning", "running"].includes(run.state);
}

/** What limits the target: `{word, sentence}`. */
export function limitOf(target, run) {
  if (isStarting(target, run)) return { word: target.limit.is_doubt ? "⚠ Doubt: " : "", sentence: startingOf(target) };
  return { word: wordFor(target, run), sentence: sentenceFor(target, run.began_s !== null) };
}

function wordFor(target, run) {
  if (target.limit.is_doubt) return "⚠ Doubt: ";
  if (run.state === "stopping" || run.state === "stopped") return "At STOP: ";
  return isAtEase(target) ? "" : "Limit: ";
}

function sentenceFor(target, isMeasured) {
  return isAtEase(target) && !isMeasured ? "no load on it yet: press START" : target.limit.sentence;
}

function startingOf({ limit, alone_s: firstS }) {
  if (limit.is_doubt) return limit.sentence;
  return firstS === null ? "starting" : `starting: first answers in ${seconds(firstS)}`;
}

function isAtEase({ limit, slots }) {
  // Dead calls limit a target where they hold its slots.
  return AT_EASE.has(limit.kind) || (limit.kind === "dead" && slots === null);
}

export function whereOf({ busy, queue }) {
  if (busy === null) return "busy slots unknown";
  return `${number(busy)}\u00a0busy +\u202f${number(queue)}\u00a0queued`;
}

/** Processor and memory; what is not known is left out. */
export function usedOf({ cores_busy: cores, processor_s: timeS, memory_mb: memoryMb }) {
  const parts = [];
  if (cores !== null) parts.push(`${cores.toFixed(2)}\u00a0cores busy`);
  if (timeS !== null) parts.push(`${shortTime(timeS)} a\u00a0request`);
  if (memoryMb !== null) parts.push(`${number(Math.round(memoryMb))}\u00a0MB`);
  return parts.join(" · ");
}

export function shapeOf(target, isMeasured) {
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

export function amissOf({ failed, dropped }) {
  const parts = [];
  if (failed) parts.push(`${number(failed)} failed`);
  if (dropped) parts.push(`${number(dropped)} dropped`);
  return parts.join(", ");
}
