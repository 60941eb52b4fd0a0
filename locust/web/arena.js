/*
 * The arena: the way of each target's requests as dots that queue, take a slot, wait and leave.
 *
 * The numbers are those of the state, once a second. Between two states as many dots leave as were
 * answered, and the others move up: a dot is one request, or a stated number of them. A request
 * that waits for the upstream or the database keeps its slot, so there it shows a ring for its call.
 */

import { element, setText } from "./elements.js";
import { number, rate } from "./figures.js";

/** Where dots stand, from left to right; then comes what they wait for, and the way out. */
const PLACES = ["accept queue", "worker"];
const AWAITED = ["upstream", "database"];
const WIDTHS = [0.4, 0.28, 0.24, 0.08];
const FONT = "Roboto, Helvetica, Arial, sans-serif";
const MOST_DOTS = 240;
const MOVE_MS = 450; // from one place to the next
const HEADER_PX = 42;
const FRAME_MS = 33; // from one picture to the next
const GAP_PX = 4;
const MOST_PX = 44; // of a dot

/** A dialog over the whole screen. Returns `{open(opener), show(state)}`; `colourOf(target)` is a CSS colour. */
export function arena(frame, colourOf) {
  const title = element("p", { className: "lab-headline" });
  const close = element("button", { type: "button" }, "Close");
  const canvas = element("canvas", { role: "img" });
  const note = element("p", { className: "lab-note" });
  const dialog = element(
    "dialog",
    { className: "lab-arena", "aria-label": "The requests on their way" },
    element("div", { className: "lab-head" }, title, close),
    canvas,
    note,
  );
  frame.append(dialog);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const crowds = new Map();
  let latest = null;
  let each = 1; // requests that a dot stands for
  let inks = {}; // of the theme
  let frameOf = 0;
  let changedAtMs = 0;
  let drawnAtMs = 0;

  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    cancelAnimationFrame(frameOf);
    if (document.fullscreenElement === dialog) document.exitFullscreen();
  });
  addEventListener("resize", () => dialog.open && draw(performance.now()));

  function show(state) {
    latest = state;
    if (!dialog.open) return;
    const style = getComputedStyle(frame);
    inks = { ink: style.getPropertyValue("--ink"), line: style.getPropertyValue("--line") };
    const active = state.targets.filter((target) => target.active);
    const most = Math.max(1, ...active.map(({ measured }) => measured.in_flight));
    each = Math.max(1, Math.ceil(most / MOST_DOTS));
    const now = performance.now();
    changedAtMs = now;
    for (const target of active) {
      const crowd = crowds.get(target.name) ?? newCrowd();
      crowds.set(target.name, crowd);
      crowd.update(countsOf(target, each), target.measured.answered / each, now);
    }
    for (const name of crowds.keys()) {
      if (!active.some((target) => target.name === name)) crowds.delete(name);
    }
    setText(title, state.headline);
    const dot = each === 1 ? "a request" : `${number(each)} requests`;
    setText(note, `● is ${dot}, in the queue or in a slot; ○ is its call to what it waits for.`);
    canvas.setAttribute("aria-label", active.map(words).join(". "));
    if (still.matches) draw(Infinity);
  }

  function step(now) {
    const isMoving = now - changedAtMs < 2 * MOVE_MS; // the last of those that leave begins late
    if (isMoving && now - drawnAtMs >= FRAME_MS) {
      draw(now);
      drawnAtMs = now;
    }
    if (dialog.open && !still.matches) frameOf = requestAnimationFrame(step);
  }

  function draw(now) {
    if (!latest) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = devicePixelRatio;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const active = latest.targets.filter((target) => crowds.has(target.name));
    const rowPx = height / Math.max(1, active.length);
    active.forEach((target, place) => {
      const box = { x: 0, y: place * rowPx, width, height: rowPx };
      drawRow(pen, box, target, crowds.get(target.name), each, { ...inks, dot: colourOf(target.name) }, now);
    });
  }

  return {
    show,
    open(opener) {
      dialog.showModal();
      dialog.requestFullscreen?.().catch(() => {});
      dialog.addEventListener("close", () => opener.focus(), { once: true });
      if (latest) show(latest);
      frameOf = requestAnimationFrame(step);
    },
  };
}

/** How many dots stand at each place, and how many calls those have that they wait for. */
function countsOf({ measured, stations }, each) {
  const busy = Object.fromEntries(stations.map((station) => [station.name, station.busy]));
  const queued = busy["accept queue"] ?? measured.queue ?? 0;
  const inside = busy.worker ?? Math.max(0, measured.in_flight - queued);
  const known = AWAITED.map((name) => busy[name]).filter((count) => typeof count === "number");
  const calls = known.length ? known.reduce((sum, count) => sum + count) : measured.busy ?? 0;
  return { places: [queued, inside].map((count) => Math.round(count / each)), calls: Math.round(calls / each) };
}

/** The dots of one target. A dot knows since when it moves to its place, and from where. */
function newCrowd() {
  const places = PLACES.map(() => []);
  let leaving = [];
  let answered = null;
  let calls = 0;

  function update(counts, total, now) {
    const inside = places.at(-1);
    const left = answered === null ? 0 : Math.max(0, Math.min(Math.round(total - answered), inside.length));
    answered = total;
    calls = counts.calls;
    leaving = leaving.filter((dot) => now - dot.sinceMs < MOVE_MS);
    for (let number = 0; number < left; number += 1) {
      const dot = inside.shift();
      // Some after the others, as answers come.
      dot.sinceMs = now + (number % 4) * (MOVE_MS / 4);
      leaving.push(dot);
    }
    for (let place = places.length - 1; place >= 0; place -= 1) {
      const here = places[place];
      while (here.length < counts.places[place]) {
        const dot = (place > 0 && places[place - 1].shift()) || {};
        dot.sinceMs = now;
        here.push(dot);
      }
      while (here.length > counts.places[place]) here.pop();
    }
  }

  return { places, update, leaving: () => leaving, calls: () => calls };
}

function drawRow(pen, box, target, crowd, each, colours, now) {
  const inner = { y: box.y + HEADER_PX, height: box.height - HEADER_PX - 12 };
  pen.fillStyle = colours.ink;
  pen.font = `bold 28px ${FONT}`;
  pen.textBaseline = "top";
  const speed = target.measured.throughput_rps;
  pen.fillText(`${target.name}${speed === null ? "" : `: ${rate(speed)} answers a second`}`, 4, box.y + 4);
  let x = 0;
  const areas = WIDTHS.map((share) => {
    const area = { x: x + 4, y: inner.y, width: box.width * share - 8, height: inner.height };
    x += box.width * share;
    return area;
  });
  PLACES.forEach((name, place) => {
    const station = target.stations.find((one) => one.name === name);
    drawPlace(pen, areas[place], labelOf(name, station), station?.is_full, colours);
    const slots = name === "worker" && station?.slots ? Math.round(station.slots / each) : 0;
    drawSlots(pen, areas[place], slots, colours);
    drawDots(pen, areas[place], crowd.places[place], Math.max(slots, crowd.places[place].length), colours, now);
  });
  const [, , awaited, gone] = areas;
  const ends = target.stations.filter((station) => AWAITED.includes(station.name));
  const labels = ends.map((station) => labelOf(station.name, { ...station, slots: null }));
  drawPlace(pen, awaited, labels.join(", ") || "upstream", false, colours);
  drawRings(pen, awaited, crowd.calls(), colours);
  drawLeaving(pen, awaited, gone, crowd.leaving(), colours, now);
}

function drawPlace(pen, area, label, isFull, colours) {
  pen.strokeStyle = isFull ? colours.ink : colours.line;
  pen.lineWidth = isFull ? 4 : 1;
  pen.strokeRect(area.x, area.y, area.width, area.height);
  pen.fillStyle = colours.ink;
  pen.font = `22px ${FONT}`;
  pen.fillText(label, area.x + 8, area.y + 6, area.width - 16);
}

function labelOf(name, station) {
  if (!station || station.busy === null) return name;
  const slots = station.slots === null ? "" : ` of ${number(station.slots)}`;
  return `${name}: ${number(station.busy)}${slots}${station.is_full ? ", full" : ""}`;
}

/** Where so many dots stand in an area: in columns from the right, where the head of a queue is. */
function grid(area, count) {
  const top = area.y + 38;
  const height = Math.max(1, area.y + area.height - top - 8);
  const width = area.width - 16;
  const holds = (px, size) => Math.max(1, Math.floor((px + GAP_PX) / (size + GAP_PX)));
  let size = MOST_PX;
  while (size > 1 && holds(width, size) * holds(height, size) < count) size -= 1;
  const rows = holds(height, size);
  return {
    radius: Math.max(0.5, size / 2),
    at(place) {
      const column = Math.floor(place / rows);
      return {
        x: area.x + area.width - 8 - size / 2 - column * (size + GAP_PX),
        y: top + size / 2 + (place % rows) * (size + GAP_PX),
      };
    },
  };
}

function drawSlots(pen, area, slots, colours) {
  const { radius, at } = grid(area, slots);
  pen.strokeStyle = colours.ink;
  pen.lineWidth = 1;
  for (let place = 0; place < slots; place += 1) ring(pen, at(place), radius);
}

function drawDots(pen, area, dots, most, colours, now) {
  const { radius, at } = grid(area, most);
  pen.fillStyle = colours.dot;
  dots.forEach((dot, place) => {
    const to = at(place);
    const from = { x: dot.x ?? area.x - 40, y: dot.y ?? to.y };
    const share = Math.min(1, Math.max(0, (now - dot.sinceMs) / MOVE_MS));
    const eased = share * share * (3 - 2 * share);
    if (share >= 1) Object.assign(dot, to);
    disc(pen, { x: from.x + (to.x - from.x) * eased, y: from.y + (to.y - from.y) * eased }, radius);
  });
}

/** The calls of requests that still hold their slots: rings, as they are no requests of their own. */
function drawRings(pen, area, calls, colours) {
  const { radius, at } = grid(area, calls);
  pen.strokeStyle = colours.dot;
  pen.lineWidth = 3;
  for (let place = 0; place < calls; place += 1) ring(pen, at(place), Math.max(1, radius - 2));
}

function drawLeaving(pen, above, gone, dots, colours, now) {
  pen.fillStyle = colours.dot;
  for (const dot of dots) {
    const share = (now - dot.sinceMs) / MOVE_MS;
    if (share < 0 || share > 1 || dot.x === undefined) continue;
    pen.globalAlpha = 1 - share;
    disc(pen, { x: dot.x + (gone.x + gone.width - dot.x) * share, y: dot.y }, 12);
    pen.globalAlpha = 1;
  }
}

function ring(pen, { x, y }, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.stroke();
}

function disc(pen, { x, y }, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function words(target) {
  const there = target.stations.map((station) => `${number(station.busy)} at ${station.name}`);
  return `${target.name}: ${there.join(", ")}`;
}
