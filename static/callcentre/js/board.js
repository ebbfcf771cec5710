// The wallboard: what waits counts up by itself; a word on the live line brings fresh figures.
// Without the line the list takes itself anew every fifteen seconds (portal/js/refresh.js).
const SETTLE_MS = 400;
const TICK_MS = 1000;
let timer = 0;

function lasting(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function tick() {
  for (const part of document.querySelectorAll("[data-since]")) {
    part.textContent = lasting((Date.now() - Number(part.dataset.since) * 1000) / 1000);
  }
}

document.addEventListener("citybrain:page", (event) => {
  if (event.detail.topic !== "callcentre") return;
  clearTimeout(timer);
  // One look for many events of the same moment.
  timer = setTimeout(() => {
    document.getElementById("board")?.dispatchEvent(new CustomEvent("cb:refresh"));
  }, SETTLE_MS);
});

document.addEventListener("cb:replaced", tick);
setInterval(tick, TICK_MS);
