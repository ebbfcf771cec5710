// The frame of every page: menu, theme, popups, dialogs, toasts, htmx. Parts that only some
// pages need come when the page shows an element that asks for them.
import { isTyping } from "./keys.js";
import { forgetTakenDraft } from "./drafts.js";
import { showToast, watchToasts } from "./toast.js";

const root = document.documentElement;

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without storage the choice lasts until the next page.
  }
}

function watchMenu() {
  const opener = document.querySelector("[data-drawer-open]");
  const setDrawer = (open) => {
    if (open) root.dataset.drawer = "open";
    else delete root.dataset.drawer;
    opener?.setAttribute("aria-expanded", String(open));
    if (open) document.querySelector("#menu a")?.focus();
    else opener?.focus();
  };
  opener?.addEventListener("click", () => setDrawer(true));
  document.querySelector("[data-drawer-close]")?.addEventListener("click", () => setDrawer(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.dataset.drawer) setDrawer(false);
  });
  document.querySelector("[data-menu-fold]")?.addEventListener("click", () => {
    const narrow = root.dataset.menu !== "narrow";
    if (narrow) root.dataset.menu = "narrow";
    else delete root.dataset.menu;
    remember("cb-menu", narrow ? "narrow" : "wide");
  });
}

function watchTheme() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.addEventListener("click", () => {
      root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      remember("cb-theme", root.dataset.bsTheme);
      document.dispatchEvent(new CustomEvent("cb:theme"));
    });
  }
}

function watchPopups() {
  document.addEventListener("click", (event) => {
    for (const popup of document.querySelectorAll("details[data-popup][open]")) {
      if (!popup.contains(event.target)) popup.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const popup of document.querySelectorAll("details[data-popup][open]")) {
      popup.open = false;
      popup.querySelector("summary").focus();
    }
  });
}

function watchDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      opener.closest("details[data-popup]")?.removeAttribute("open");
      document.getElementById(opener.dataset.dialog)?.showModal();
    }
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
    if (event.target.matches("dialog.dialog")) {
      const box = event.target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right &&
        event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close();
    }
  });
}

function watchKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      const box = document.querySelector("[data-list-search]") ?? document.getElementById("global-search");
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "?") {
      document.getElementById("shortcuts")?.showModal();
    }
  });
}

function watchFilters() {
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-filter-toggle]");
    if (!toggle) return;
    const open = toggle.closest("form").toggleAttribute("data-open");
    toggle.setAttribute("aria-expanded", String(open));
  });
}

function watchHtmx() {
  // What was swapped in works at once: without this a quick hand finds it deaf for 20 ms.
  if (window.htmx) window.htmx.config.defaultSettleDelay = 0;
  document.body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.body.dataset.csrf;
  });
  const busy = document.getElementById("busy");
  let running = 0;
  const count = (step) => {
    running = Math.max(0, running + step);
    busy?.classList.toggle("htmx-request", running > 0);
  };
  document.body.addEventListener("htmx:beforeRequest", () => count(1));
  document.body.addEventListener("htmx:afterRequest", () => count(-1));
  const lost = () => showToast(document.body.dataset.textLost, "error");
  document.body.addEventListener("htmx:sendError", lost);
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) lost();
  });
  document.body.addEventListener("htmx:afterSettle", (event) => loadParts(event.target));
  document.body.addEventListener("cb:replaced", (event) => loadParts(event.target));
}

// Selector -> module with start(scope); loaded once the page shows such an element.
const PARTS = [
  ["form[method=post]", "./form.js"],
  [".choices", "./choices.js"],
  ["form[data-draft]", "./draft.js"],
  ["[data-keyboard-rows]", "./queue.js"],
  ["[data-density-for]", "./table.js"],
  ["[data-chart]", "./chart.js"],
  ["[data-refresh]", "./refresh.js"],
];

function loadParts(scope) {
  for (const [selector, path] of PARTS) {
    if (scope.matches?.(selector) || scope.querySelector?.(selector)) {
      import(path).then((part) => part.start(scope));
    }
  }
}

watchMenu();
watchTheme();
watchPopups();
watchDialogs();
watchKeys();
watchFilters();
watchToasts();
watchHtmx();
forgetTakenDraft();
loadParts(document);
