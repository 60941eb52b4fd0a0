/*
 * The lab's fields in Locust's form: a label with the unit, and a heading above each group.
 *
 * Locust makes a label of the option's name and its help sentence: "Think S (think time …, s)".
 * The sentence alone is the better label. A classic script, as picker.js is. Where Locust's page
 * is built differently nothing is found, and the form stays as Locust draws it.
 */

(() => {
  const options = window.templateArgs?.extra_options ?? {};
  const groups = Object.entries(window.templateArgs?.option_groups ?? {});

  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });

  function look() {
    for (const [name, { help_text: sentence }] of Object.entries(options)) {
      for (const field of fields(name)) relabel(field, sentence);
    }
    for (const [heading, name] of groups) {
      for (const field of fields(name)) head(field, heading);
    }
  }

  /** The boxes of a field, of which a dialog may have one more. */
  function fields(name) {
    const inPage = name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
    return [...document.querySelectorAll(`#root [name="${inPage}"], [role="dialog"] [name="${inPage}"]`)]
      .map((input) => input.closest(".MuiFormControl-root"))
      .filter(Boolean);
  }

  /** The label, and its copy that makes room for it in the frame. */
  function relabel(field, sentence) {
    if (!sentence) return;
    for (const { firstChild: text } of field.querySelectorAll("label, legend span")) {
      if (text?.nodeType !== Node.TEXT_NODE || !text.data.endsWith(` (${sentence})`)) continue;
      text.data = sentence.charAt(0).toUpperCase() + sentence.slice(1);
    }
  }

  function head(field, heading) {
    if (field.previousElementSibling?.classList.contains("lab-group")) return;
    const node = document.createElement("h4");
    node.className = "lab-group";
    node.textContent = heading;
    field.before(node);
  }
})();
