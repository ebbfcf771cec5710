// Lists by keyboard: j and k move, Enter opens, x chooses, Esc lets go. A list is a
// <table data-keyboard-rows> whose rows have data-href; a checkbox in a row makes it choosable,
// [data-check-all] chooses all, [data-bulk-bar] shows while some are chosen.
import { isTyping } from "./keys.js";

function rowsOf(table) {
  return [...table.querySelectorAll("tbody tr[data-href]")];
}

function move(table, step) {
  const rows = rowsOf(table);
  if (!rows.length) return;
  const from = rows.findIndex((row) => row.classList.contains("at"));
  const to = from < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, from + step));
  rows[from]?.classList.remove("at");
  rows[to].classList.add("at");
  (rows[to].querySelector("a[href]") ?? rows[to]).focus({ preventScroll: true });
  rows[to].scrollIntoView({ block: "nearest" });
}

function boxOf(row) {
  return row?.querySelector("td input[type=checkbox]");
}

function showChosen(table) {
  const boxes = rowsOf(table).map(boxOf).filter(Boolean);
  const chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr").setAttribute("aria-selected", String(box.checked));
  const all = table.querySelector("[data-check-all]");
  if (all) {
    all.checked = chosen.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  }
  const bar = document.querySelector("[data-bulk-bar]");
  if (!bar) return;
  bar.hidden = chosen.length === 0;
  const words = bar.querySelector("[data-bulk-count]");
  if (words) words.textContent = document.body.dataset.textChosen.replace("{n}", chosen.length);
}

function clear(table) {
  for (const row of rowsOf(table)) {
    const box = boxOf(row);
    if (box) box.checked = false;
  }
  showChosen(table);
}

function onKey(table, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const row = table.querySelector("tbody tr.at");
  if (event.key === "j") move(table, 1);
  else if (event.key === "k") move(table, -1);
  else if (event.key === "x" && boxOf(row)) {
    boxOf(row).checked = !boxOf(row).checked;
    showChosen(table);
  } else if (event.key === "Enter" && row && !event.target.closest("a, button, summary, input")) {
    location.assign(row.dataset.href);
  } else if (event.key === "Escape") clear(table);
}

function watch(table) {
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, summary") || getSelection().toString()) return;
    location.assign(row.dataset.href);
  });
  table.addEventListener("change", (event) => {
    if (event.target.matches("[data-check-all]")) {
      for (const row of rowsOf(table)) if (boxOf(row)) boxOf(row).checked = event.target.checked;
    }
    showChosen(table);
  });
  document.querySelector("[data-bulk-clear]")?.addEventListener("click", () => clear(table));
  showChosen(table);
}

let listening = false;

export function start(scope) {
  const tables = scope.matches?.("[data-keyboard-rows]") ? [scope] : scope.querySelectorAll("[data-keyboard-rows]");
  for (const table of tables) {
    if (table.dataset.rowsReady) continue;
    table.dataset.rowsReady = "1";
    watch(table);
  }
  if (listening) return;
  listening = true;
  document.addEventListener("keydown", (event) => {
    const table = document.querySelector("[data-keyboard-rows]");
    if (table) onKey(table, event);
  });
}
