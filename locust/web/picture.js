/* A run that is over as a picture, for a chat or a slide: drawn here, so that no request leaves the machine. */

import { rate, seconds } from "./figures.js";

export const WIDTH_PX = 1200;
export const HEIGHT_PX = 630;
const EDGE_PX = 56;
const FONT = "Roboto, Helvetica, Arial, sans-serif";
const HEADLINE = { font: `700 40px ${FONT}`, line: 48, most: 3 };
const COLUMNS = { name: EDGE_PX + 40, answers: 620, latency: 900 };
const MOST_ROW_PX = 116;
// The light theme, whatever the page has: a picture lies among white pages more often than not.
const INK = "#1b1b1b";
const QUIET = "#555555";
const LINE = "#d4d4d4";

/** Download the run as a file. `colourOf(target)` is a CSS colour. Throws an Error where it cannot be drawn. */
export async function savePicture(run, colourOf) {
  const canvas = draw(run, colourOf);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("The picture cannot be drawn.");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `lab-run-${run.number}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href)); // after the download has begun
}

function draw(run, colourOf) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH_PX;
  canvas.height = HEIGHT_PX;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, WIDTH_PX, HEIGHT_PX);
  let y = EDGE_PX + 36;
  for (const line of lines(pen, run.headline || `Run ${run.number}`)) {
    write(pen, line, EDGE_PX, y, HEADLINE.font, INK);
    y += HEADLINE.line;
  }
  const wide = WIDTH_PX - 2 * EDGE_PX;
  write(pen, `Load: ${run.load}. Upstream: ${run.upstream}.`, EDGE_PX, y, `26px ${FONT}`, QUIET, wide);
  y += 56;
  write(pen, "answers a second", COLUMNS.answers, y, `22px ${FONT}`, QUIET);
  write(pen, "latency, p50", COLUMNS.latency, y, `22px ${FONT}`, QUIET);
  y += 14;
  const bottom = HEIGHT_PX - EDGE_PX - 30;
  const rowPx = Math.min(MOST_ROW_PX, (bottom - y) / Math.max(1, run.targets.length));
  for (const target of run.targets) {
    drawTarget(pen, target, y, rowPx, colourOf(target.name));
    y += rowPx;
  }
  write(pen, `Flask or FastAPI lab · run ${run.number}`, EDGE_PX, HEIGHT_PX - 34, `22px ${FONT}`, QUIET);
  return canvas;
}

/** One row: its colour, its name above its shape, and two numbers above their predictions. */
function drawTarget(pen, target, top, px, colour) {
  pen.fillStyle = LINE;
  pen.fillRect(EDGE_PX, top, WIDTH_PX - 2 * EDGE_PX, 1);
  pen.fillStyle = colour;
  pen.fillRect(EDGE_PX, top + px * 0.18, 22, px * 0.64);
  const [large, small] = [Math.round(px * 0.4), Math.round(px * 0.23)];
  const [above, below] = [top + px * 0.5, top + px * 0.83];
  const put = (x, big, little, most) => {
    write(pen, big, x, above, `700 ${large}px ${FONT}`, INK, most);
    write(pen, little, x, below, `${small}px ${FONT}`, QUIET, most);
  };
  const predicted = (value, text) => (value === null || value === undefined ? "" : `predicted ${text(value)}`);
  put(COLUMNS.name, target.name, target.shape ?? "shape not known", COLUMNS.answers - COLUMNS.name - 24);
  put(COLUMNS.answers, rate(target.throughput_rps), predicted(target.predicted_rps, rate), 256);
  put(COLUMNS.latency, seconds(target.latency_s), predicted(target.predicted_s, seconds), 240);
}

function write(pen, text, x, y, font, colour, most) {
  pen.font = font;
  pen.fillStyle = colour;
  pen.fillText(text, x, y, most);
}

/** The headline broken into lines; what is too long for all of them ends with dots. */
function lines(pen, text) {
  pen.font = HEADLINE.font;
  const fits = (line) => pen.measureText(line).width <= WIDTH_PX - 2 * EDGE_PX;
  const found = [];
  for (const word of text.split(" ")) {
    const longer = found.length ? `${found.at(-1)} ${word}` : word;
    if (found.length && fits(longer)) found[found.length - 1] = longer;
    else found.push(word);
  }
  if (found.length <= HEADLINE.most) return found;
  return [...found.slice(0, HEADLINE.most - 1), `${found[HEADLINE.most - 1]} …`];
}
