/* The guesses of one target as bars, and the measurement as a line that lands on them. */

import { element, setShown, setText } from "./elements.js";
import { number } from "./figures.js";

const MOST_BARS = 12;
const MOST_LABELS = 5; // below the bars
const FAR = 3; // so many times as large as nearly all others is far away
const NEAR = 0.1; // of the measurement

/** Returns `{node, show(guesses, measured, unit)}`; the guesses are sorted, `measured` may be null. */
export function histogram(name) {
  const caption = element("figcaption");
  const bars = element("div", { className: "lab-bars" });
  const mark = element("b");
  const line = element("i", { hidden: true }, mark);
  const plot = element("div", { className: "lab-bins", role: "img" }, bars, line);
  const ends = element("div", { className: "lab-ends", "aria-hidden": "true" });
  const node = element("figure", {}, caption, plot, ends);
  let drawn = "";

  return {
    node,
    show(guesses, measured, unit) {
      const wanted = JSON.stringify([guesses, measured, unit]);
      if (wanted === drawn) return;
      drawn = wanted;
      const { width, counts, hasMore } = binned(guesses, measured);
      const middle = number(guesses[Math.floor(guesses.length / 2)]);
      const many = guesses.length === 1 ? `1 guess, ${middle}` : `${number(guesses.length)} guesses, the middle one ${middle}`;
      const told = measured === null ? "" : `, measured ${number(measured)}`;
      const short = `${many}${told}`;
      caption.replaceChildren(element("strong", {}, name), ` ${short}`);
      plot.setAttribute("aria-label", `${name}, ${unit}: ${short}. ${inWords(guesses, measured)}`);
      drawBars(bars, counts);
      setShown(line, measured !== null);
      if (measured !== null) {
        const at = measured / (width * counts.length);
        line.style.left = `${100 * at}%`;
        line.classList.toggle("lab-leftwards", at > 0.6);
        setText(mark, `measured ${number(measured)}`);
      }
      ends.replaceChildren(...labels(width, counts.length, hasMore));
    },
  };
}

/** Bars of one width, which is a round number; the last may hold all that is far away. */
function binned(guesses, measured) {
  const most = guesses.at(-1);
  const nearlyAll = guesses[Math.floor(0.95 * (guesses.length - 1))];
  // One guess of a million must not press all others into one bar.
  const isFar = most > FAR * Math.max(nearlyAll, measured ?? 0);
  const top = Math.max(isFar ? nearlyAll : most, measured ?? 0) || 1;
  const width = rounded(top / MOST_BARS);
  const barOf = (value) => Math.floor(value / width + 1e-9);
  const last = barOf(top) + (isFar ? 1 : 0);
  const counts = new Array(last + 1).fill(0);
  for (const each of guesses) counts[Math.min(last, barOf(each))] += 1;
  return { width, counts, hasMore: isFar };
}

/** The next of 1, 2, 5, 10, 20, 50 and so on, in either direction. */
function rounded(width) {
  const power = 10 ** Math.floor(Math.log10(width));
  return [1, 2, 5, 10].find((each) => each * power >= width * (1 - 1e-9)) * power;
}

function drawBars(place, counts) {
  while (place.children.length > counts.length) place.lastChild.remove();
  while (place.children.length < counts.length) place.append(element("span", {}, element("small"), element("em")));
  const highest = Math.max(...counts);
  counts.forEach((count, at) => {
    const [label, bar] = place.children[at].children;
    setText(label, count ? String(count) : "");
    bar.style.setProperty("--share", count / highest);
    bar.classList.toggle("lab-none", count === 0);
  });
}

function labels(width, bars, hasMore) {
  const every = Math.ceil(bars / MOST_LABELS);
  const edges = Array.from({ length: bars + 1 }, (_, edge) => edge);
  const last = hasMore ? bars - 1 : bars;
  return edges
    .filter((edge) => edge === last || (edge % every === 0 && edge <= last - 0.75 * every))
    .map((edge) => {
      const isMore = hasMore && edge === last; // below the middle of the last bar
      const node = element("span", {}, `${isMore ? "≥\u202f" : ""}${number(edge * width)}`);
      node.style.left = `${(100 * (edge + (isMore ? 0.5 : 0))) / bars}%`;
      node.classList.toggle("lab-end", edge === bars);
      return node;
    });
}

function inWords(guesses, measured) {
  const quarter = (share) => number(guesses[Math.floor(share * (guesses.length - 1))]);
  const spread = `From ${number(guesses[0])} to ${number(guesses.at(-1))}`;
  const half = guesses.length > 3 ? `, half of them from ${quarter(0.25)} to ${quarter(0.75)}` : "";
  if (measured === null) return `${spread}${half}.`;
  const near = guesses.filter((each) => Math.abs(each - measured) <= NEAR * measured).length;
  return `${spread}${half}; ${near} within 10 % of the measurement.`;
}
