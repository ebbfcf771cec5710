// Turns the head of the camera while a key is held down; the camera stops by itself besides.
const head = document.getElementById("head");
const keys = [...head.querySelectorAll(".video-keys button")];
const state = document.getElementById("head-state");
const speed = document.getElementById("speed");
const take = document.getElementById("head-take");
const token = document.querySelector("#player [name=csrfmiddlewaretoken]").value;
const told = state.textContent;
const AGAIN_MS = 800;
let mine = false;
let timer = 0;

function body(deed, turn = {}) {
  const form = new FormData();
  form.append("csrfmiddlewaretoken", token);
  form.append("deed", deed);
  for (const [name, value] of Object.entries(turn)) form.append(name, value);
  return form;
}

function show(answer) {
  mine = Boolean(answer.mine);
  for (const key of keys) key.disabled = !mine;
  take.textContent = mine ? take.dataset.leave : take.dataset.take;
  state.textContent = answer.error || (answer.by && !mine ? `${head.dataset.busy}：${answer.by}` : told);
}

async function order(deed, turn) {
  try {
    const answer = await fetch(head.dataset.url, { method: "POST", body: body(deed, turn) });
    const said = await answer.json();
    if (answer.ok) show(said);
    else state.textContent = said.error;
  } catch {
    // The line is down for a moment; the camera stops by itself.
  }
}

function speeds(key) {
  const most = Number(speed.value);
  return {
    pan: Number(key.dataset.pan || 0) * most,
    tilt: Number(key.dataset.tilt || 0) * most,
    zoom: Number(key.dataset.zoom || 0) * most,
  };
}

function begin(key) {
  if (!mine || timer) return;
  order("turn", speeds(key));
  timer = setInterval(() => order("turn", speeds(key)), AGAIN_MS);
}

function end() {
  if (!timer) return;
  clearInterval(timer);
  timer = 0;
  order("turn", {});
}

for (const key of keys) {
  key.addEventListener("pointerdown", () => begin(key));
  key.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") begin(key); });
  for (const over of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) key.addEventListener(over, end);
}
take.addEventListener("click", () => order(mine ? "leave" : "take"));
addEventListener("pagehide", () => { if (mine) navigator.sendBeacon(head.dataset.url, body("leave")); });
