/* Light or dark, as Locust's page has it. */

/** "dark" or "light": what was chosen with Locust's button, else what the system prefers. */
export function current() {
  let chosen = null;
  try {
    chosen = localStorage.theme;
  } catch {
    // Storage is forbidden here; then nothing can have been chosen.
  }
  if (chosen === "dark" || chosen === "light") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Dress the whole page, and let `button` choose. For a page that is not Locust's. */
export function dressPage(button) {
  const dress = (name) => {
    document.documentElement.dataset.theme = name;
    button.setAttribute("aria-pressed", String(name === "dark"));
  };
  dress(current());
  watch(dress);
  button.addEventListener("click", () => {
    localStorage.theme = current() === "dark" ? "light" : "dark";
  });
}

/**
 * Call `listener(theme)` when it changes. Returns a function that ends it.
 *
 * A click is the only way to change it, and Locust announces it to nobody, so each click
 * is followed by a look.
 */
export function watch(listener) {
  let known = current();
  const look = () => {
    if (current() === known) return;
    known = current();
    listener(known);
  };
  const onClick = () => setTimeout(look);
  document.addEventListener("click", onClick);
  return () => document.removeEventListener("click", onClick);
}
