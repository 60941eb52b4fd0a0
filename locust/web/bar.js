/* The bar above a page of its own: the state of the run, and the choice of light or dark. */

import { setText } from "./elements.js";
import { watch } from "./feed.js";
import * as theme from "./theme.js";

const RUN = {
  ready: "Not started yet",
  spawning: "Starting",
  running: "Running",
  stopping: "Waiting for the last answers",
  stopped: "Stopped",
};

/** Bring the page's bar to life. */
export function bar() {
  const state = document.querySelector("#run-state");
  theme.dressPage(document.querySelector("#theme"));
  watch({ news: ({ run }) => setText(state, RUN[run.state] ?? run.state), silence: () => {} }, 2000);
}
