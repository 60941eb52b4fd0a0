/* What concerns the whole page: no answer, and load workers that were lost. */

import { element, setShown, setText } from "./elements.js";

const WORKER_SILENT_S = 5; // each reports every second
const PAGE_SILENT_S = 3;

/** Fill `place`. Returns `{show(state), silence(seconds)}`. */
export function banners(place) {
  const page = banner(place);
  const workers = banner(place);
  const stopping = banner(place);
  return {
    show(state) {
      page("");
      workers(lost(state.load_workers));
      stopping(last(state));
    },
    silence(seconds) {
      page(
        seconds < PAGE_SILENT_S
          ? ""
          : `Locust's page has given no answer for ${seconds} s. What you see is old; asking on.`,
      );
    },
  };
}

function banner(place) {
  const words = element("span");
  const node = element(
    "p",
    { className: "lab-banner", role: "status", hidden: true },
    element("strong", {}, "⚠ "),
    words,
  );
  place.append(node);
  return (text) => {
    setText(words, text);
    setShown(node, text !== "");
  };
}

function last({ run }) {
  if (run.state !== "stopping") return "";
  return `Stopping: waiting for the last ${run.in_flight} answers, ${run.stop_timeout_s} s at most.`;
}

function lost(workers) {
  const sentences = [];
  for (const { name, state, silent_s } of workers) {
    if (state === "missing") {
      sentences.push(`Load worker ${name} is lost: its users are dealt out to the others.`);
    } else if (silent_s > WORKER_SILENT_S) {
      sentences.push(`Load worker ${name} has reported nothing for ${Math.round(silent_s)} s.`);
    }
  }
  return sentences.join(" ");
}
