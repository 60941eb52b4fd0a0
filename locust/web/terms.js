/* What the lab's words mean: a sentence for each, shown at the word by mouse, touch or keyboard. */

import { element, setShown, setText, unbroken } from "./elements.js";

const SENTENCES = {
  slot: "A slot is one request that a target can have waiting: a worker, thread, greenlet, token or connection.",
  p50: "p50: half of the answers took at most this time.",
  p99: "p99: 99 of 100 answers took at most this time.",
  "in flight": "In flight: sent and not answered yet, so busy slots and queue together.",
  "accept queue": "The accept queue is where the kernel keeps new connections until a worker takes them.",
  "client pool": "The client pool holds the connections to the upstream that the target's client may use at once.",
  "database pool":
    "The database pool holds each worker's connections to PostgreSQL. Users are spread unevenly over the workers: " +
    "where one pool is full and another has free connections, the prediction is the most that can be answered.",
  predicted: "Predicted: from arithmetic alone, before anything is measured.",
};
const WORD = /\b(slot|p50|p99|in flight|accept queue|client pool|database pool|predicted)(?=s?\b)/;
const GAP_PX = 6;

/** Set a node's text as setText() does, with each word that has a sentence as a button inside it. */
export function setWords(node, text) {
  const parts = unbroken(text).split(WORD);
  if (node.textContent === parts.join("")) return;
  const known = [...node.querySelectorAll(".lab-term")].map((each) => each.textContent);
  if (known.join() === parts.filter((_, place) => place % 2).join() && node.childNodes.length === parts.length) {
    // The buttons stay, and with them the focus.
    parts.forEach((part, place) => place % 2 || (node.childNodes[place].data = part));
    return;
  }
  node.replaceChildren(...parts.map((part, place) => (place % 2 ? term(part) : document.createTextNode(part))));
}

function term(word) {
  return element("button", { type: "button", className: "lab-term", tabIndex: -1 }, word);
}

/**
 * Explain the words in `frame`: one at a time, until Escape or until the pointer and the focus are elsewhere.
 * Returns `reachable()`, which lets the Tab key stop at each word once and not on every card.
 */
export function terms(frame) {
  const note = element("p", { className: "lab-meaning", id: "lab-meaning", role: "tooltip", hidden: true });
  let explained = null;
  frame.append(note);

  const explain = ({ target }) => {
    const word = target.closest(".lab-term");
    if (word) show(word);
    else if (!note.contains(target)) hide(); // the pointer may move onto the sentence
  };
  frame.addEventListener("mouseover", explain);
  frame.addEventListener("focusin", explain);
  frame.addEventListener("click", explain); // a touch
  frame.addEventListener("mouseleave", hide);
  frame.addEventListener("focusout", hide);
  frame.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  // The Tab key scrolls to a word that lies below the screen, after it has the focus.
  addEventListener("scroll", place, { passive: true });

  function show(word) {
    if (explained === word) return;
    hide();
    explained = word;
    setText(note, SENTENCES[word.textContent]);
    setShown(note, true);
    word.setAttribute("aria-describedby", note.id);
    place();
  }

  /** Below the word, or above it where the screen ends. */
  function place() {
    if (!explained) return;
    const at = explained.getBoundingClientRect();
    const left = Math.min(at.left, innerWidth - note.offsetWidth - GAP_PX);
    const below = at.bottom + GAP_PX;
    const isLow = below + note.offsetHeight > innerHeight;
    note.style.left = `${Math.max(GAP_PX, left)}px`;
    note.style.top = `${isLow ? at.top - note.offsetHeight - GAP_PX : below}px`;
  }

  function hide() {
    explained?.removeAttribute("aria-describedby");
    explained = null;
    setShown(note, false);
  }

  return {
    reachable() {
      const met = new Set();
      for (const word of frame.querySelectorAll(".lab-term")) {
        const isFirst = !met.has(word.textContent) && word.checkVisibility();
        if (isFirst) met.add(word.textContent);
        word.tabIndex = isFirst ? 0 : -1;
      }
    },
    end: () => removeEventListener("scroll", place),
  };
}
