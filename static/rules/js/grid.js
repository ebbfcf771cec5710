// The rows of a draft by mouse and keyboard: drag to another place, Alt with an arrow moves the
// row in hand. Every change is a press of the row form, so it works without this file too.
// After a trial the rows that answered are marked.
import { isTyping } from "../../portal/js/keys.js";

let dragged = null;
let keep = "";

const form = () => document.querySelector("[data-row-form]");
const rowOf = (node) => node.closest?.("[data-rule-rows] tbody tr[data-key]");

function send(deed, nextTo) {
  const rows = form();
  const button = rows.querySelector("[data-drop]");
  rows.elements.next_to.value = nextTo;
  button.value = deed;
  button.click();
}

function showPlace(row, after) {
  for (const other of document.querySelectorAll(".drop-before, .drop-after")) {
    other.classList.remove("drop-before", "drop-after");
  }
  row?.classList.add(after ? "drop-after" : "drop-before");
}

const isBehind = (row, y) => {
  const box = row.getBoundingClientRect();
  return y > box.top + box.height / 2;
};

document.addEventListener("dragstart", (event) => {
  if (!event.target.closest?.(".row-drag")) return;
  dragged = rowOf(event.target);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.key);
  event.dataTransfer.setDragImage(dragged, 12, 12);
  dragged.classList.add("dragged");
});

document.addEventListener("dragover", (event) => {
  const row = dragged && rowOf(event.target);
  if (!row) return;
  event.preventDefault();
  showPlace(row, isBehind(row, event.clientY));
});

document.addEventListener("drop", (event) => {
  const row = dragged && rowOf(event.target);
  if (!row) return;
  event.preventDefault();
  const behind = isBehind(row, event.clientY);
  const neighbour = behind ? row.nextElementSibling : row.previousElementSibling;
  if (row === dragged || neighbour === dragged) return;
  keep = dragged.dataset.key;
  send(`${behind ? "behind" : "before"}:${keep}`, row.dataset.key);
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  showPlace(null);
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || isTyping(event.target)) return;
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const row = rowOf(event.target) ?? document.querySelector("[data-rule-rows] tr.at");
  if (!row) return;
  event.preventDefault();
  const deed = event.key === "ArrowUp" ? "up" : "down";
  row.querySelector(`button[name=deed][value^="${deed}:"]`)?.click();
});

function findRow(key) {
  return [...document.querySelectorAll(".rule-grid tbody tr[data-key]")].find((row) => row.dataset.key === key);
}

function markHits() {
  const told = document.querySelector("#trial [data-hit-rows]");
  const keys = new Set((told?.dataset.hitRows ?? "").split("\n").filter(Boolean));
  for (const row of document.querySelectorAll(".rule-grid tbody tr[data-key]")) {
    row.classList.toggle("row-hit", keys.has(row.dataset.key));
  }
}

document.body.addEventListener("click", (event) => {
  const deed = event.target.closest("button[form=row-deeds]");
  if (deed) keep = deed.value.split(":").slice(1).join(":");
});

document.body.addEventListener("htmx:afterSettle", () => {
  markHits();
  if (!keep) return;
  const row = findRow(keep);
  keep = "";
  if (!row) return;
  row.classList.add("at");
  row.querySelector("a[href]")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
});
