/*
 * The state of the lab, asked for once for all who want it.
 *
 * At most one request is in flight, and none while the page is hidden.
 */

import { STATE } from "./addresses.js";

const AFTER_FAILURE_MS = 2000;
const PATIENCE_MS = 8000;

const listeners = new Map(); // to the interval that each wants, in milliseconds
let timer;
let isRequesting = false;
let lastNowS = null;
let answeredAt = performance.now();

/**
 * Call `listener.news(state)` for each new state, and `listener.silence(seconds)` each time
 * that no answer came. Returns a function that ends it.
 */
export function watch(listener, everyMs) {
  listeners.set(listener, everyMs);
  lastNowS = null; // it has seen none yet
  askIn(0);
  return () => listeners.delete(listener);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  answeredAt = performance.now(); // no request was sent meanwhile
  askIn(0);
});

function askIn(ms) {
  clearTimeout(timer);
  timer = setTimeout(ask, ms);
}

async function ask() {
  if (isRequesting || document.hidden || listeners.size === 0) return;
  isRequesting = true;
  const began = performance.now();
  let pauseMs = Math.min(...listeners.values());
  try {
    const state = await fetchState();
    answeredAt = performance.now();
    if (state.now_s === lastNowS) {
      pauseMs /= 2; // fall out of step with the server, which makes one each second
    } else {
      lastNowS = state.now_s;
      tell((listener) => listener.news(state));
    }
  } catch {
    pauseMs = AFTER_FAILURE_MS;
    const silentS = Math.round((performance.now() - answeredAt) / 1000);
    tell((listener) => listener.silence(silentS));
  } finally {
    isRequesting = false;
    askIn(Math.max(0, pauseMs - (performance.now() - began)));
  }
}

async function fetchState() {
  const response = await fetch(STATE, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (response.redirected && new URL(response.url).pathname.endsWith("/login")) {
    location.reload(); // the session has ended: this leads to the login form
  }
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}

/** One listener's mistake must not keep the news from the others. */
function tell(say) {
  for (const listener of [...listeners.keys()]) {
    try {
      say(listener);
    } catch (error) {
      console.error(error);
    }
  }
}
