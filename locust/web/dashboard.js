/* The dashboard: cards, the dials and the charts, in Locust's tab and on a page of its own. */

import { HANDOUTS } from "./addresses.js";
import { banners } from "./banners.js";
import { cards } from "./cards.js";
import { changes } from "./changes.js";
import { charts } from "./charts.js";
import { dial } from "./dial.js";
import { element } from "./elements.js";
import { watch as watchState } from "./feed.js";
import * as plain from "./plain.js";
import { shapes } from "./shape.js";
import * as theme from "./theme.js";

const EVERY_MS = 1000;

/**
 * Fill `place` with the dashboard, or with a plain table from when it fails.
 * Returns a function that ends it and empties the place.
 */
export function mount(place) {
  let end = dashboard(place, (error) => {
    console.error(error);
    end();
    end = plain.mount(place);
  });
  return () => end();
}

function dashboard(place, fail) {
  const top = element("div", { className: "lab-banners" });
  const row = element(
    "section",
    { className: "lab-cards", "aria-label": "Targets" },
    element("p", {}, "Asking for the state of the lab …"),
  );
  const bar = element("section", { className: "lab-dial-bar", "aria-label": "Dials" });
  const changed = element("ol", { className: "lab-changes", "aria-label": "Changes", hidden: true });
  const figures = element("section", { className: "lab-charts", "aria-label": "Charts" });
  const frame = element(
    "div",
    { className: "lab", "data-theme": theme.current() },
    element("h2", { className: "lab-aloud" }, "Lab"),
    top,
    row,
    bar,
    figures,
    changed,
    element("p", { className: "lab-foot" }, element("a", { href: HANDOUTS, target: "handouts" }, "Handouts")),
  );
  place.replaceChildren(frame);

  const drawing = charts(figures);
  const warn = banners(top);
  const showCards = cards(row, drawing.colourOf);
  const showDial = dial(bar);
  const showShapes = shapes(bar);
  const showChanges = changes(changed);
  const show = (state) => {
    warn.show(state);
    showCards(state);
    showDial(state);
    showShapes(state);
    showChanges(state);
    drawing.show(state);
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
