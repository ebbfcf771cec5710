// Seals dragged over a page, or moved with the arrow keys; each resting place is told to the
// server, which has the last word on whether it lies on the page. Millimetres from the top left.
const POINTS_PER_MM = 72 / 25.4;
const STEP_MM = 1;
const BIG_STEP_MM = 10;
const SETTLE_MS = 400;

const sheet = document.querySelector("[data-sheet]");
const said = document.querySelector("[data-place-said]");
const marks = sheet ? [...sheet.querySelectorAll(".seal-mark")] : [];
const timers = new Map();

function pageWidthMm() {
  return Number(sheet.dataset.width) / POINTS_PER_MM;
}

function pageHeightMm() {
  return Number(sheet.dataset.height) / POINTS_PER_MM;
}

function show(mark) {
  const { x, y, w, h } = mark.dataset;
  mark.style.left = `${(x / pageWidthMm()) * 100}%`;
  mark.style.top = `${(y / pageHeightMm()) * 100}%`;
  mark.style.width = `${(w / pageWidthMm()) * 100}%`;
  mark.style.height = `${(h / pageHeightMm()) * 100}%`;
}

function put(mark, x, y) {
  const { w, h } = mark.dataset;
  mark.dataset.x = Math.max(0, Math.min(x, pageWidthMm() - w)).toFixed(2);
  mark.dataset.y = Math.max(0, Math.min(y, pageHeightMm() - h)).toFixed(2);
  show(mark);
}

async function tell(mark) {
  const body = new FormData();
  body.set("position", mark.dataset.position);
  body.set("page", sheet.dataset.page);
  body.set("x_mm", mark.dataset.x);
  body.set("y_mm", mark.dataset.y);
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  const answer = await fetch(sheet.dataset.placeUrl, { method: "POST", body });
  const told = await answer.json();
  said.textContent = told.error ?? `${told.x_mm} × ${told.y_mm} mm`;
}

function tellSoon(mark) {
  clearTimeout(timers.get(mark));
  timers.set(mark, setTimeout(() => tell(mark), SETTLE_MS));
}

function drag(event) {
  const mark = event.currentTarget;
  const perMm = sheet.clientWidth / pageWidthMm();
  const start = { x: event.clientX, y: event.clientY, left: Number(mark.dataset.x), top: Number(mark.dataset.y) };
  mark.setPointerCapture(event.pointerId);
  const move = (moved) => {
    put(mark, start.left + (moved.clientX - start.x) / perMm, start.top + (moved.clientY - start.y) / perMm);
  };
  const end = () => {
    mark.removeEventListener("pointermove", move);
    tellSoon(mark);
  };
  mark.addEventListener("pointermove", move);
  mark.addEventListener("pointerup", end, { once: true });
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function nudge(event) {
  const way = ARROWS[event.key];
  if (!way) return;
  event.preventDefault();
  const mark = event.currentTarget;
  const step = event.shiftKey ? BIG_STEP_MM : STEP_MM;
  put(mark, Number(mark.dataset.x) + way[0] * step, Number(mark.dataset.y) + way[1] * step);
  tellSoon(mark);
}

for (const mark of marks) {
  show(mark);
  if (sheet.dataset.placeUrl) {
    mark.addEventListener("pointerdown", drag);
    mark.addEventListener("keydown", nudge);
  }
}
