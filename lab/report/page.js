// The ledger's filter. Without this script the page shows every claim, and no buttons.
(() => {
  const filter = document.querySelector(".filter");
  const buttons = [...filter.querySelectorAll("button")];
  const claims = [...document.querySelectorAll(".claim")];
  const chosen = { verdict: "", article: "" };

  const show = () => {
    for (const claim of claims) {
      claim.hidden = Object.keys(chosen).some(
        (key) => chosen[key] && claim.dataset[key] !== chosen[key],
      );
    }
    for (const article of document.querySelectorAll(".article")) {
      article.hidden = !article.querySelector(".claim:not([hidden])");
    }
    for (const button of buttons) {
      button.setAttribute("aria-pressed", chosen[button.name] === button.value);
    }
    const left = claims.filter((claim) => !claim.hidden).length;
    filter.querySelector("output").value = `${left} of ${claims.length} claims`;
  };

  // A link to a claim shows its row, whatever is filtered, and opens it.
  const open = (hash) => {
    const claim = claims.find((each) => `#${each.id}` === hash);
    if (!claim) return;
    if (claim.hidden) Object.assign(chosen, { verdict: "", article: "" });
    claim.querySelector("details").open = true;
    show();
  };

  filter.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    chosen[button.name] = button.value;
    show();
  });
  document.addEventListener("click", ({ target }) => open(target.closest("a")?.hash));
  filter.hidden = false;
  show();
  open(location.hash);
})();
