/* The page for phones: a guess of the coming run, and what the others guess. */

import { banners } from "./banners.js";
import { bar } from "./bar.js";
import { element } from "./elements.js";
import { watch } from "./feed.js";
import { guess } from "./guess.js";
import * as theme from "./theme.js";

const EVERY_MS = 2000;

bar();

const top = element("div", { className: "lab-banners" });
const frame = element("div", { className: "lab lab-phone", "data-theme": theme.current() }, top);
document.querySelector("#lab").replaceChildren(frame);
theme.watch((name) => (frame.dataset.theme = name));

let load = "closed"; // of the coming run, as far as the lab knows
const warn = banners(top);
const guesses = guess(frame, () => load);
const news = (state) => {
  load = state.run.load;
  warn.show(state);
  guesses.show(state);
};
watch({ news, silence: warn.silence }, EVERY_MS);
