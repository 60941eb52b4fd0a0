/* The dashboard as a page of its own. */

import { bar } from "./bar.js";
import { element } from "./elements.js";

bar();

const place = document.querySelector("#lab");
import("./dashboard.js")
  .then(({ mount }) => mount(place, { drives: true }))
  .catch(async (error) => {
    console.error(error);
    const { mount } = await import("./plain.js");
    mount(place);
  })
  .catch((error) => place.replaceChildren(element("p", {}, `Cannot be shown: ${error.message}.`)));
