/*
 * What is ticked in Locust's picker of classes when it appears: what was chosen last. The
 * classes that few need are folded under "More" until one of them is chosen.
 *
 * Locust would tick all of them each time. A classic script, so that it is there before
 * Locust draws the picker; it clicks the boxes that are to change before they are painted.
 */

(() => {
  const available = new Set(window.templateArgs?.available_user_classes ?? []);
  let chosen = new Set(window.templateArgs?.chosen_user_classes ?? available);
  const rare = new Set(window.templateArgs?.more_user_classes ?? []);
  const set = new WeakSet(); // pickers that were taken care of

  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });

  function look() {
    const picker = boxes(document.body)[0]?.input.closest("table"); // "New" opens it in a dialog
    if (!picker || set.has(picker)) return;
    set.add(picker);
    fold(picker);
    choose(picker).catch(console.error);
    picker.addEventListener("click", ({ isTrusted }) => {
      if (isTrusted) setTimeout(() => remember(picker));
    });
  }

  /** A button under the table that shows the rest, and the names of the boxes for a screen reader. */
  function fold(picker) {
    const all = picker.querySelector("thead input");
    all?.setAttribute("aria-label", "All user classes");
    for (const { name, input } of boxes(picker)) {
      input.setAttribute("aria-label", name);
      if (rare.has(name)) input.closest("tr").dataset.labMore = "";
    }
    if (!rare.size || [...available].every((name) => rare.has(name))) return;
    const more = document.createElement("button");
    more.type = "button";
    more.className = "lab-more";
    const show = (isOpen) => {
      picker.toggleAttribute("data-lab-folded", !isOpen);
      more.setAttribute("aria-expanded", String(isOpen));
      more.textContent = isOpen ? "Fewer" : `More: ${rare.size} special classes`;
    };
    show([...rare].some((name) => chosen.has(name)));
    more.addEventListener("click", () => show(more.getAttribute("aria-expanded") === "false"));
    all?.addEventListener("click", ({ isTrusted }) => isTrusted && show(true)); // it ticks them too
    picker.parentElement.after(more);
  }

  /** Each class of a picker, with its box. */
  function boxes(place) {
    return [...place.querySelectorAll("tr")]
      .map((row) => ({ name: row.cells[1]?.textContent, input: row.querySelector("input") }))
      .filter(({ name, input }) => input && available.has(name));
  }

  /** One click after the other: each is taken from what React drew after the one before. */
  async function choose(picker) {
    for (const name of available) {
      const box = boxes(picker).find((each) => each.name === name);
      if (box && box.input.checked !== chosen.has(name)) box.input.click();
      await null;
    }
  }

  function remember(picker) {
    if (!picker.isConnected) return;
    const ticked = boxes(picker).filter(({ input }) => input.checked);
    chosen = new Set(ticked.map(({ name }) => name));
  }
})();
