// Tells the server that the picture is still watched, and when it is closed.
const player = document.getElementById("player");
const picture = document.getElementById("picture");
const lost = document.getElementById("lost");
const token = player.querySelector("[name=csrfmiddlewaretoken]").value;
const BEAT_MS = 15000;

function body(over) {
  const form = new FormData();
  form.append("csrfmiddlewaretoken", token);
  if (over) form.append("over", "1");
  return form;
}

function stop() {
  lost.hidden = false;
  picture.removeAttribute("src");
  clearInterval(timer);
}

async function beat() {
  try {
    const answer = await fetch(player.dataset.beat, { method: "POST", body: body(false) });
    if (!answer.ok || !(await answer.json()).open) stop();
  } catch {
    // The line is down for a moment; the next beat asks again.
  }
}

const timer = setInterval(beat, BEAT_MS);
picture.addEventListener("error", () => { lost.hidden = false; });
addEventListener("pagehide", () => navigator.sendBeacon(player.dataset.beat, body(true)));
