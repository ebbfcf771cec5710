// Short messages at the corner. Good news leaves by itself; trouble stays until closed.
const STAY_MS = 6000;

export function showToast(text, level = "info") {
  const box = document.getElementById("toasts");
  if (!box) return;
  const card = document.createElement("div");
  card.className = `toast-card toast-${level}`;
  card.dataset.toast = "";
  const words = document.createElement("div");
  words.className = "toast-text";
  words.textContent = text;
  const close = document.createElement("button");
  close.className = "toast-close";
  close.type = "button";
  close.dataset.toastClose = "";
  close.setAttribute("aria-label", document.body.dataset.textClose);
  close.textContent = "×";
  card.append(words, close);
  box.append(card);
  retire(card);
}

function retire(card) {
  if (card.matches(".toast-error, .toast-warning")) return;
  let left = setTimeout(() => card.remove(), STAY_MS);
  card.addEventListener("mouseenter", () => clearTimeout(left));
  card.addEventListener("mouseleave", () => { left = setTimeout(() => card.remove(), STAY_MS); });
}

export function watchToasts() {
  document.querySelectorAll("#toasts [data-toast]").forEach(retire);
  document.addEventListener("click", (event) => {
    event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
  });
}
