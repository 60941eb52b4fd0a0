// Predictions stay in this browser, and paper shows what is folded away.

for (const field of document.querySelectorAll(".prediction input")) {
  const key = `prediction:${field.dataset.key}`;
  field.value = localStorage.getItem(key) ?? "";
  field.addEventListener("input", () => {
    if (field.value) localStorage.setItem(key, field.value);
    else localStorage.removeItem(key);
  });
}

const folded = () => document.querySelectorAll("details:not([open])");
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...folded()];
  opened.forEach((each) => (each.open = true));
});
addEventListener("afterprint", () => opened.forEach((each) => (each.open = false)));
