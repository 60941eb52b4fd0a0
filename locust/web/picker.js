/*
 * What is ticked in Locust's picker of classes when it appears: what was chosen last.
 *
 * Locust would tick all of them each time. A classic script, so that it is there before
 * Locust draws the picker; it clicks the boxes that are to change before they are painted.
 */

(() => {
  const available = new Set(window.templateArgs?.available_user_classes ?? []);
  let chosen = new Set(window.templateArgs?.chosen_user_classes ?? available);
  const set = new WeakSet(); // pickers that were taken care of

  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });

  function look() {
    const picker = boxes(document.body)[0]?.input.closest("table"); // "New" opens it in a dialog
    if (!picker || set.has(picker)) return;
    set.add(picker);
    choose(picker).catch(console.error);
    picker.addEventListener("click", ({ isTrusted }) => {
      if (isTrusted) setTimeout(() => remember(picker));
    });
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
