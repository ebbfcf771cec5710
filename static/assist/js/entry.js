// Recordings and cards: what an assistant read is shown beside the form, and a person takes each
// value over by a press. Nothing is filled in by itself, nothing is sent with the form.

for (const box of document.querySelectorAll("[data-assist]")) {
  const given = box.querySelector("[data-assist-given]");
  const target = (name) => {
    const id = box.getAttribute(`data-to-${name}`);
    return id ? document.getElementById(id) : null;
  };

  for (const chooser of box.querySelectorAll("[data-assist-ask]")) {
    chooser.addEventListener("change", () => ask(chooser));
    // The chosen file stays here: it is no part of the form around it.
    chooser.removeAttribute("name");
  }

  async function ask(chooser) {
    if (!chooser.files.length) return;
    const body = new FormData();
    body.append("file", chooser.files[0]);
    body.append("place", box.dataset.assistPlace);
    chooser.value = "";
    given.textContent = box.dataset.waiting;
    try {
      const answer = await fetch(chooser.dataset.assistAsk, {
        method: "POST",
        headers: { "X-CSRFToken": box.dataset.csrf },
        body,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      given.innerHTML = await answer.text();
      offer();
    } catch {
      given.textContent = box.dataset.failed;
    }
  }

  function offer() {
    for (const button of given.querySelectorAll("[data-assist-take]")) {
      if (!target(button.dataset.assistTake)) continue;
      button.hidden = false;
      button.addEventListener("click", () => take(button));
    }
  }

  function take(button) {
    const field = target(button.dataset.assistTake);
    const value = button.closest("li").querySelector("[data-assist-value]").textContent;
    const isLong = field.tagName === "TEXTAREA" && field.value.trim();
    field.value = isLong ? `${field.value.trim()}\n${value}` : value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    button.textContent = box.dataset.filled;
    button.disabled = true;
  }
}
