// A prediction stays in this browser. Once its figure has been reached, each stands at the other.

for (const box of document.querySelectorAll(".prediction")) {
  const field = box.querySelector("input");
  const key = `prediction:${field.dataset.key}`;
  const unit = box.querySelector(".unit").textContent;
  const number = field.dataset.key.split("/").pop();
  const figure = document.querySelector(`[data-prediction="${number}"]`);
  field.value = localStorage.getItem(key) ?? "";
  field.addEventListener("input", () => {
    if (field.value) localStorage.setItem(key, field.value);
    else localStorage.removeItem(key);
  });
  if (figure) compare(field, unit, figure, box);
}

function compare(field, unit, figure, box) {
  const beside = figure.insertAdjacentElement("afterend", document.createElement("span"));
  const above = box.appendChild(document.createElement("p"));
  beside.className = above.className = "said";
  let isReached = false;
  const show = () => {
    const said = `you said ${withUnit(field.value, unit)}`;
    const found = withUnit(figure.textContent.replace(/ \(.*/, ""), unit);
    beside.textContent = ` (${said})`;
    above.textContent = `${said}, ${figure.dataset.how ?? "measured"} ${found}`;
    beside.hidden = above.hidden = !isReached || !field.value;
  };
  new IntersectionObserver(([entry], observer) => {
    if (!entry.isIntersecting) return;
    isReached = true;
    observer.disconnect();
    show();
  }).observe(figure);
  field.addEventListener("input", show);
  show();
}

// "4.02 s" has its own; "100" takes that of the box.
function withUnit(text, unit) {
  return /\p{L}|%/u.test(text) || !unit ? text : `${text} ${unit}`;
}
