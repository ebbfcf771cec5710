// Tells the server that the picture is still watched, and when it is closed; says why it is lost.
const player = document.getElementById("player");
const picture = document.getElementById("picture");
const lost = document.getElementById("lost");
const again = document.getElementById("again");
const token = player.querySelector("[name=csrfmiddlewaretoken]").value;
const BEAT_MS = 15000;

function body(over) {
  const form = new FormData();
  form.append("csrfmiddlewaretoken", token);
  if (over) form.append("over", "1");
  return form;
}

// why: "lostServer", "lostRefused", "lostCodec", "lostOver"; only the first two can be tried again.
function lose(why) {
  document.getElementById("lost-text").textContent = player.dataset[why];
  lost.hidden = false;
  again.hidden = why === "lostOver" || why === "lostCodec";
}

function stop() {
  clearInterval(timer);
  lose("lostOver");
  player.dispatchEvent(new Event("over"));
  picture.removeAttribute("src");
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
player.addEventListener("lost", (event) => lose(event.detail));
// Not by loading the page anew: leaving it ends the look.
again.addEventListener("click", () => {
  lost.hidden = again.hidden = true;
  player.dispatchEvent(new Event("again"));
});
if (player.dataset.delivery === "mjpeg") {
  picture.addEventListener("error", () => lose("lostServer"));
  player.addEventListener("again", () => { picture.src = player.dataset.link; });
}
// The mark lies over the picture: what would show the picture without it is not offered.
player.addEventListener("contextmenu", (event) => event.preventDefault());
addEventListener("pagehide", () => navigator.sendBeacon(player.dataset.beat, body(true)));
