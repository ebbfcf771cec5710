// Where the browser is: filled into the form with its accuracy. Where it cannot be had, the reason
// is written for the person, who may change it. Without a script the person writes it.

const ROUGH_M = 100;
const box = document.querySelector("[data-here]");
const form = box?.closest("form");

function found({ coords }) {
  form.elements.lon.value = coords.longitude.toFixed(7);
  form.elements.lat.value = coords.latitude.toFixed(7);
  form.elements.accuracy_m.value = coords.accuracy.toFixed(1);
  const words = coords.accuracy > ROUGH_M ? box.dataset.textRough : box.dataset.textFound;
  say(words.replace("{n}", Math.round(coords.accuracy)), "");
}

function failed(error) {
  const names = { 1: "textDenied", 2: "textUnavailable", 3: "textTimeout" };
  const words = box.dataset[names[error.code] || "textUnsupported"];
  say(words, words);
}

function say(words, reason) {
  box.querySelector("[data-here-status]").textContent = words;
  const input = form.elements.no_place_reason;
  input.closest(".field").hidden = !reason;
  if (reason && !input.value) input.value = reason;
}

function ask() {
  if (!navigator.geolocation) {
    failed({});
    return;
  }
  box.querySelector("[data-here-status]").textContent = box.dataset.textAsking;
  navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 15000 });
}

if (form) {
  const again = box.querySelector("[data-here-again]");
  again.hidden = false;
  again.addEventListener("click", ask);
  ask();
}
