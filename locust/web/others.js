/*
 * Noticing that somebody else has started a run.
 *
 * Locust's page asks for news only while it believes that a run lasts. One that shows the
 * start form, or the end of the last run, would do so for ever: it is loaded again.
 */

import { watch } from "./feed.js";

const EVERY_MS = 2000;
const OWN_START_MS = 10_000; // for as long, a start may be the one that was asked for here
const KEY = "lab-reloaded-for";

let differsSince = null; // when a run was first seen that the page does not show
let submittedAt = -Infinity;

document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.closest("#lab-root")) submittedAt = performance.now();
  },
  true,
);

watch({ news, silence: () => (differsSince = null) }, EVERY_MS);

function news({ run }) {
  const now = performance.now();
  const lasts = run.state === "spawning" || run.state === "running";
  if (!lasts || showsRun() || now - submittedAt < OWN_START_MS) {
    differsSince = null;
  } else if (differsSince === null) {
    differsSince = now;
  } else if (now - differsSince >= 0.9 * EVERY_MS) {
    reloadOnce(run);
  }
}

/**
 * Locust's header has a Stop button while the page believes that a run lasts, hidden or not.
 * A page that a busy machine has not drawn yet may still be going to show it.
 */
function showsRun() {
  const buttons = [...document.querySelectorAll("#root header button")];
  const stop = (button) => button.textContent.trim().toLowerCase() === "stop";
  return buttons.length === 0 || buttons.some(stop);
}

/** Once for each run: if the button should ever be called something else, no endless loop. */
function reloadOnce(run) {
  const name = String(run.began_s);
  if (sessionStorage.getItem(KEY) === name) return;
  sessionStorage.setItem(KEY, name);
  location.reload();
}
