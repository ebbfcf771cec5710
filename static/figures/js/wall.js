// A screen nobody touches: loads itself anew every data-wall-seconds, but only when the server
// answers with this page, so that a short outage or a sign-in page never takes its place.
const seconds = Math.max(30, Number(document.body.dataset.wallSeconds) || 300);

setInterval(async () => {
  if (document.activeElement?.closest("details[open], .map-canvas")) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok && !answer.redirected) location.reload();
  } catch {
    // Stays as it is; the next round asks again.
  }
}, seconds * 1000);
