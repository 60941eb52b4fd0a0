/* The dashboard as a page of its own. */

import { element, setText } from "./elements.js";
import { watch } from "./feed.js";
import * as theme from "./theme.js";

const RUN = {
  ready: "Not started yet",
  spawning: "Starting",
  running: "Running",
  stopping: "Waiting for the last answers",
  stopped: "Stopped",
};

const state = document.querySelector("#run-state");
const button = document.querySelector("#theme");

dress(theme.current());
theme.watch(dress);
button.addEventListener("click", () => {
  localStorage.theme = theme.current() === "dark" ? "light" : "dark";
});

watch({ news: ({ run }) => setText(state, RUN[run.state] ?? run.state), silence: () => {} }, 2000);

const place = document.querySelector("#lab");
import("./dashboard.js")
  .then(({ mount }) => mount(place))
  .catch(async (error) => {
    console.error(error);
    const { mount } = await import("./plain.js");
    mount(place);
  })
  .catch((error) => place.replaceChildren(element("p", {}, `Cannot be shown: ${error.message}.`)));

function dress(name) {
  document.documentElement.dataset.theme = name;
  button.setAttribute("aria-pressed", String(name === "dark"));
}
