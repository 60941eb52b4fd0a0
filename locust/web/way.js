/* The way of a request: a box for each station, with what is busy in it and what waits before it. */

import { element, setShown, setText } from "./elements.js";
import { number } from "./figures.js";
import { setWords } from "./terms.js";

/** Parts of a box's bar that are drawn for a station without a limit. */
const WITHOUT_LIMIT = 0;
/** Characters that a box has room for in its usual size. */
const ROOM = 9;

/** An ordered list of stations. Returns its `node` and `show(stations)`. */
export function way() {
  const node = element("ol", { className: "lab-way", "aria-label": "Where its requests are" });
  let boxes = [];
  let names = "";
  return {
    node,
    show(stations) {
      const now = stations.map(({ name }) => name).join();
      if (now !== names) {
        names = now; // another route has other stations, and maybe as many
        boxes = stations.map(({ name }) => box(name));
        node.replaceChildren(...boxes.map((each) => each.node));
      }
      setShown(node, stations.length > 0);
      stations.forEach((station, place) => boxes[place].show(station));
    },
  };
}

function box(name) {
  const busy = element("strong");
  const waiting = element("small");
  const bar = element("span", { className: "lab-fill", "aria-hidden": "true" });
  const title = element("span");
  setWords(title, name);
  const node = element("li", {}, title, busy, waiting, bar);
  return {
    node,
    show(station) {
      const { slots, is_full: isFull } = station;
      setText(busy, slots === null ? number(station.busy) : `${number(station.busy)} / ${number(slots)}`);
      busy.classList.toggle("lab-long", busy.textContent.length > ROOM);
      setText(waiting, wordsFor(station));
      const share = slots === null || station.busy === null ? WITHOUT_LIMIT : station.busy / slots;
      bar.style.setProperty("--share", Math.min(1, share).toFixed(3));
      node.classList.toggle("lab-full", isFull);
    },
  };
}

function wordsFor({ is_full: isFull, waiting }) {
  const parts = [];
  if (isFull) parts.push("full");
  if (waiting) parts.push(`${number(waiting)} wait`);
  return parts.join(", ");
}
