// Forms: one press is one submission, parts that depend on an answer, letters left, and the
// focus on what must be mended.

// An open page kept by the browser comes back with its buttons usable.
addEventListener("pageshow", () => {
  document.querySelectorAll("button[data-held]").forEach(release);
});

function release(button) {
  button.disabled = false;
  button.removeAttribute("aria-busy");
  delete button.dataset.held;
}

function guard(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    // After the browser has taken the data: a disabled button would not send its own value.
    setTimeout(() => {
      if (event.defaultPrevented) return;
      form.dataset.sending = "1";
      for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
        button.dataset.held = "";
        button.disabled = true;
        button.setAttribute("aria-busy", "true");
      }
    });
  });
  form.addEventListener("htmx:afterRequest", () => {
    delete form.dataset.sending;
    form.querySelectorAll("button[data-held]").forEach(release);
  });
  addEventListener("pageshow", () => { delete form.dataset.sending; });
}

function valueOf(form, name) {
  return new FormData(form).getAll(name).map(String);
}

function watchConditions(form) {
  const apply = () => {
    // Looked up anew each time: rows added later have conditions as well.
    for (const part of form.querySelectorAll("[data-show-if]")) {
      const [name, wanted] = part.dataset.showIf.split("=");
      const shown = valueOf(form, name).some((value) => wanted.split(",").includes(value));
      part.hidden = !shown;
      // What is hidden is not sent; what was typed stays for when it is shown again.
      for (const input of part.querySelectorAll("input, select, textarea")) input.disabled = !shown;
    }
  };
  form.addEventListener("change", apply);
  apply();
}

// A choice under another one offers only what belongs to it.
function watchCascades(form) {
  const places = form.querySelectorAll("[data-cascade]");
  if (!places.length) return;
  const apply = () => {
    for (const place of places) {
      const above = valueOf(form, place.dataset.cascade)[0] || "";
      const parts = place.matches("[data-under]") ? [place] : place.querySelectorAll("[data-under]");
      for (const part of parts) {
        const fits = part.dataset.under === above;
        part.hidden = part.disabled = !fits;
        if (!fits) part.selected = part.checked = false;
        if (part.matches("input")) part.closest("div").hidden = !fits;
      }
    }
  };
  form.addEventListener("change", apply);
  apply();
}

function watchLengths(form) {
  for (const count of form.querySelectorAll("[data-count-for]")) {
    const input = document.getElementById(count.dataset.countFor);
    const show = () => { count.textContent = `${[...input.value].length} / ${count.dataset.max}`; };
    input?.addEventListener("input", show);
    if (input) show();
  }
}

export function start(scope) {
  const forms = scope.matches?.("form") ? [scope] : scope.querySelectorAll("form[method=post]");
  for (const form of forms) {
    if (form.dataset.formReady) continue;
    form.dataset.formReady = "1";
    guard(form);
    watchCascades(form);
    watchConditions(form);
    watchLengths(form);
  }
  scope.querySelector?.("[data-error-summary]")?.focus();
}
