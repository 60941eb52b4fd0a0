/* Where things are, whatever path Locust's page has: all from where this file lies. */

const lab = new URL("../", import.meta.url);

export const STATE = new URL("state", lab);
export const CHARTS = new URL("charts", lab);
export const VEGA = new URL("vega.js", lab);
export const BEHAVIOUR = new URL("behaviour", lab);
export const SHAPES = new URL("shapes", lab);
export const NEXT = new URL("next", lab);
export const RUNS = new URL("runs", lab);
export const COMPARE = new URL("runs/compare", lab);
export const GUESSES = new URL("guesses", lab);
export const PHONES = new URL("guess.html", lab);
export const QR = new URL("qr.svg", lab);
export const PASSES = new URL("passes", lab);
export const ROOM = new URL("room.html", lab);
export const SWARM = new URL("../swarm", lab);
export const STOP = new URL("../stop", lab);
export const HANDOUTS = new URL("../handouts/", lab);

/** What a target says of itself. */
export function server(target) {
  return new URL(`server/${encodeURIComponent(target)}`, lab);
}

/** The shape of a target's server, as its supervisor tells it and changes it. */
export function shape(target) {
  return new URL(`shape/${encodeURIComponent(target)}`, lab);
}
