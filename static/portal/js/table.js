// The density switch changes the rows at once and keeps the choice without a new page.
function watch(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    for (const other of form.querySelectorAll("[aria-pressed]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    for (const table of document.querySelectorAll(`table[data-view="${form.dataset.densityFor}"]`)) {
      table.dataset.density = button.value;
    }
    const data = new FormData(form, button);
    data.delete("next");
    fetch(form.action, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
  });
}

export function start(scope) {
  for (const form of scope.querySelectorAll("[data-density-for]")) {
    if (form.dataset.densityReady) continue;
    form.dataset.densityReady = "1";
    watch(form);
  }
}
