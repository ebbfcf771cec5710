// The list of alarms without reload: when the live line says that alarms changed, the list is
// taken anew at once; and a sound, where the viewer has asked for it on this machine.
const CHOICE = "alarms-sound";
const SETTLE_MS = 400;
const TONES = { 1: [440], 2: [520], 3: [660, 660], 4: [880, 660, 880] };
const TONE_S = 0.18;

const list = document.querySelector("[data-alarm-live]");
const button = document.querySelector("[data-alarm-sound]");
let newest = null;
let timer = 0;
let audio = null;

function isWanted() {
  return localStorage.getItem(CHOICE) === "on";
}

function play(level) {
  audio ??= new AudioContext();
  (TONES[level] ?? TONES[1]).forEach((hertz, turn) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.15;
    tone.frequency.value = hertz;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + turn * TONE_S * 1.4);
    tone.stop(audio.currentTime + turn * TONE_S * 1.4 + TONE_S);
  });
}

async function listen() {
  if (!button || !isWanted()) return;
  const answer = await fetch(button.dataset.waitingUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) return;
  const found = (await answer.json()).newest;
  if (found && newest !== null && found.pk > newest) play(found.level);
  newest = found ? found.pk : newest ?? 0;
}

function changed(event) {
  if (event.detail.topic !== "alarm") return;
  clearTimeout(timer);
  // One look for many alarms of the same moment.
  timer = setTimeout(() => {
    list?.dispatchEvent(new CustomEvent("cb:refresh"));
    listen().catch(() => {});
  }, SETTLE_MS);
}

function show() {
  button?.setAttribute("aria-pressed", String(isWanted()));
}

button?.addEventListener("click", () => {
  localStorage.setItem(CHOICE, isWanted() ? "off" : "on");
  show();
  if (isWanted()) play(1);
  listen().catch(() => {});
});
document.addEventListener("citybrain:page", changed);
show();
listen().catch(() => {});
