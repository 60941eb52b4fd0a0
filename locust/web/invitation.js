/* The address of the page for phones, as a code that the back of a room can scan. */

import { PHONES, QR } from "./addresses.js";
import { element } from "./elements.js";

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

/** Show the code in a dialog beside `opener`, a node of the dashboard. */
export function invite(opener) {
  const close = element("button", { type: "button", className: "lab-quiet" }, "Close");
  const head = element("div", { className: "lab-head" }, element("h3", {}, "Guess from a phone"), close);
  const code = element("img", { src: QR, alt: `QR code of ${PHONES}` });
  const dialog = element(
    "dialog",
    { className: "lab-dialog lab-invitation", "aria-label": "Guess from a phone" },
    head,
    ...warning(),
    code,
    element("p", { className: "lab-address" }, PHONES.href),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener.focus();
  });
  opener.closest(".lab").append(dialog);
  dialog.showModal();
}

function warning() {
  if (!LOOPBACK.test(PHONES.hostname)) return [];
  const here = PHONES.hostname;
  const sentence = `A phone cannot reach "${here}": open this page under this machine's own address.`;
  return [element("p", { className: "lab-banner", role: "alert" }, element("strong", {}, "⚠ "), sentence)];
}
