/*
 * Words of Locust's own page that would mislead here, where a target has workers and dials a Reset.
 *
 * A classic script, as picker.js is. It changes texts that Locust never changes itself; where
 * Locust's page is built differently nothing is found, and nothing changes.
 */

(() => {
  const SENDS = "Processes that send the load; the workers of a target are on the Lab tab";
  /** Texts as they are in the page, before upper-casing; `words` replace one, `title` explains it. */
  const WORDS = [
    { where: "header p", text: "RPS", words: "RPS, total", title: "Requests per second to all targets together" },
    { where: "header p", text: "Workers", words: "Load workers", title: SENDS },
    { where: '[role="tab"] span', text: "Workers", words: "Load workers", title: SENDS },
    {
      where: "header button, [role=presentation] button",
      text: "Reset",
      words: "Reset",
      title: "Clears what Locust has counted; the run, the upstream and the servers stay as they are",
    },
  ];
  const roomy = matchMedia("(min-width: 1160px), (max-width: 899px)"); // between, the header is full

  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  roomy.addEventListener("change", look);

  function look() {
    for (const { where, text, words, title } of WORDS) {
      const wanted = roomy.matches || !where.startsWith("header") ? words : text;
      for (const node of document.querySelectorAll(where)) {
        const own = [...node.childNodes].find(({ data }) => data === text || data === words);
        if (!own || node.closest(".lab") || (own.data === wanted && node.title === title)) continue;
        own.data = wanted;
        node.title = title;
      }
    }
    for (const icon of document.querySelectorAll("header button:not([aria-label])")) {
      if (!icon.textContent) icon.setAttribute("aria-label", "Light or dark");
    }
  }
})();
