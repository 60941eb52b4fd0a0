/*
 * The Lab tab in Locust's page.
 *
 * A classic script, and it has to be one: it runs after the page has set window.templateArgs
 * and before Locust's bundle, a deferred module, reads them. Whatever fails here leaves
 * Locust's own plain table in the tab.
 */

(() => {
  const KEY = "lab";
  const REFUSED = "lab-tab-refused";
  const MOUNT_MS = 3000; // React does it at once
  const statics = new URL(".", document.currentScript.src);
  const tab = (window.templateArgs?.extended_tabs || []).find((each) => each.key === KEY);
  if (!tab) return;

  // Locust opens the tab that the query names, and the first where it names none.
  const here = new URL(location.href);
  if (!here.searchParams.has("tab")) {
    here.searchParams.set("tab", KEY);
    history.replaceState(history.state, "", here);
  }

  // The handouts know a third theme, "as the system has it", and share this storage. Locust
  // takes it for the light one; where nothing is stored it does as the system.
  if (localStorage.theme === "auto") localStorage.removeItem("theme");

  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("lab.css", statics);
  document.head.append(style);

  // A React 19 element made by hand: the bundle does not hand out its createElement.
  const root = {
    $$typeof: Symbol.for("react.transitional.element"),
    type: "div",
    key: null,
    ref: null,
    props: { id: "lab-root", ref: mount },
  };
  let wasMounted = false;
  if (sessionStorage.getItem(REFUSED) === null) {
    tab.component = () => {
      if (!wasMounted) setTimeout(giveUp, MOUNT_MS);
      return root;
    };
  }

  /** React calls this with the tab's node, and what it returns before it takes the node away. */
  function mount(node) {
    if (!node) return undefined;
    wasMounted = true;
    let isGone = false;
    let unmount = () => {};
    const put = async (file) => {
      const part = await import(new URL(file, statics));
      if (!isGone) unmount = part.mount(node);
    };
    put("dashboard.js")
      .catch((error) => {
        console.error(error);
        return put("plain.js");
      })
      .catch((error) => {
        node.textContent = `The Lab tab cannot be shown (${error.message}): reload the page.`;
      });
    return () => {
      isGone = true;
      unmount();
      node.replaceChildren();
    };
  }

  /** A React that does not take the element shows no page at all: load it again, and leave the tab alone. */
  function giveUp() {
    if (wasMounted) return;
    sessionStorage.setItem(REFUSED, "yes");
    location.reload();
  }

  // In Locust's header, which has room for them beside the logo.
  const links = document.createElement("nav");
  links.id = "lab-links";
  links.setAttribute("aria-label", "Lab");

  // In the state READY Locust shows no tabs, so that this is the only way to the prediction.
  const link = document.createElement("a");
  link.id = "lab-link";
  link.href = new URL("../", statics);
  link.setAttribute("aria-label", "Lab: see the prediction before you start");
  const word = document.createElement("strong");
  word.textContent = "Lab";
  const rest = document.createElement("span");
  rest.textContent = "See the prediction before you start";
  link.append(word, rest);

  // In a tab of their own: they are read beside the run that they speak of.
  const handouts = document.createElement("a");
  handouts.id = "handouts-link";
  handouts.href = new URL("../../handouts/", statics);
  handouts.target = "handouts";
  handouts.textContent = "Handouts";

  links.append(link, handouts);
  document.body.append(links);

  import(new URL("others.js", statics)).catch(console.error);
})();
