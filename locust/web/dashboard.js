/* The dashboard: cards, the dials and the charts, in Locust's tab and on a page of its own. */

import { HANDOUTS, ROOM } from "./addresses.js";
import { arena } from "./arena.js";
import { banners } from "./banners.js";
import { cards } from "./cards.js";
import { changes } from "./changes.js";
import { charts } from "./charts.js";
import { dial } from "./dial.js";
import { element, setShown, setText } from "./elements.js";
import { watch as watchState } from "./feed.js";
import { guess } from "./guess.js";
import { invite } from "./invitation.js";
import * as plain from "./plain.js";
import { runs } from "./runs.js";
import { shapes } from "./shape.js";
import { start } from "./start.js";
import { terms } from "./terms.js";
import * as theme from "./theme.js";

const EVERY_MS = 1000;

/**
 * Fill `place` with the dashboard, or with a plain table from when it fails. `drives`: it starts and
 * stops runs, which in Locust's tab Locust's own buttons do.
 * Returns a function that ends it and empties the place.
 */
export function mount(place, { drives = false } = {}) {
  let end = dashboard(place, drives, (error) => {
    console.error(error);
    end();
    end = plain.mount(place);
  });
  return () => end();
}

function dashboard(place, drives, fail) {
  const top = element("div", { className: "lab-banners" });
  const headline = element("p", { className: "lab-headline", role: "status" });
  const toArena = element("button", { type: "button", title: "The requests as dots on their way" }, "Arena");
  const toRoom = element("button", { type: "button", title: "Large enough for the back of a room" }, "Present");
  const views = element("div", { className: "lab-views" }, toArena, toRoom);
  const run = element("section", { className: "lab-run", "aria-label": "Run" }, headline);
  const row = element(
    "section",
    { className: "lab-cards", "aria-label": "Targets" },
    element("p", {}, "Asking for the state of the lab …"),
  );
  const bar = element("section", { className: "lab-dial-bar", "aria-label": "Dials" });
  const changed = element("ol", { className: "lab-changes", "aria-label": "Changes", hidden: true });
  const past = element("section", { className: "lab-past", "aria-label": "Guesses and earlier runs" });
  const figures = element("section", { className: "lab-charts", "aria-label": "Charts" });
  const frame = element(
    "div",
    { className: "lab", "data-theme": theme.current() },
    element("h2", { className: "lab-aloud" }, "Lab"),
    top,
    run,
    row,
    bar,
    figures,
    changed,
    past,
    element(
      "p",
      { className: "lab-foot" },
      element("a", { href: HANDOUTS, target: "handouts" }, "Handouts"),
      element("a", { href: ROOM, target: "room" }, "Room: who passed which exercise"),
    ),
  );
  place.replaceChildren(frame);

  const drawing = charts(figures);
  const warn = banners(top);
  const theRun = start(run, drives);
  run.append(views); // the Tab key follows what is seen
  const guesses = guess(past, theRun.kind);
  const toPhones = element("button", { type: "button" }, "Guess from a phone");
  guesses.form.append(toPhones);
  toPhones.addEventListener("click", () => {
    guesses.askRoom();
    invite(toPhones);
  });
  const showRuns = runs(past, drawing.colourOf);
  const dots = arena(frame, (target) => drawing.colourOf(target));
  const words = terms(frame);
  toArena.addEventListener("click", () => dots.open(toArena));
  const present = (is) => {
    frame.classList.toggle("lab-present", is);
    toRoom.setAttribute("aria-pressed", String(is));
    drawing.dress();
  };
  toRoom.addEventListener("click", () => {
    const is = !frame.classList.contains("lab-present");
    present(is);
    if (is) document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
  });
  if (new URLSearchParams(location.search).has("present")) present(true);
  const showCards = cards(row, drawing.colourOf);
  const showDial = dial(bar);
  const showShapes = shapes(bar);
  const showChanges = changes(changed);
  const show = (told) => {
    theRun.show(told);
    const state = theRun.foreseen(told);
    setText(headline, state.headline);
    setShown(headline, state.run.began_s !== null && state.headline !== "");
    warn.show(state);
    showCards(state);
    showDial(state);
    showShapes(state);
    showChanges(state);
    drawing.show(state);
    dots.show(state);
    guesses.show(state);
    showRuns(state);
    words.reachable();
  };
  const news = (state) => {
    try {
      show(state);
    } catch (error) {
      fail(error);
    }
  };

  const stopState = watchState({ news, silence: warn.silence }, EVERY_MS);
  const stopTheme = theme.watch((name) => {
    frame.dataset.theme = name;
    drawing.dress();
  });
  const stopHeight = fillScreen(frame);

  return () => {
    stopState();
    stopTheme();
    stopHeight();
    drawing.end();
    guesses.end();
    words.end();
    frame.remove();
  };
}

/** Tell the style sheet how much of the screen is taken above the dashboard. */
function fillScreen(frame) {
  const measure = () => {
    const above = frame.getBoundingClientRect().top + scrollY;
    frame.style.setProperty("--above", `${Math.round(above)}px`);
  };
  measure();
  addEventListener("resize", measure);
  return () => removeEventListener("resize", measure);
}
