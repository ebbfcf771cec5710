// Replays a track on the page's map: a slider and a button move a marker through the fixes.
// Words and fixes come from the page; without the map the table under it says the same.

const bar = document.querySelector("[data-replay]");
const fixes = JSON.parse(document.getElementById("track-fixes")?.textContent || "[]");

function mapOf() {
  return document.querySelector("[data-map]")?.leafletMap;
}

function start(map) {
  const slider = bar.querySelector("input[type=range]");
  const button = bar.querySelector("button");
  const said = bar.querySelector("output");
  const marker = L.circleMarker([fixes[0].lat, fixes[0].lon], { radius: 8, weight: 3 }).addTo(map);
  let timer = 0;

  function show(number) {
    const fix = fixes[number];
    marker.setLatLng([fix.lat, fix.lon]);
    said.textContent = fix.doubt ? `${fix.time} · ${fix.doubt}` : fix.time;
    slider.value = String(number);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    button.setAttribute("aria-pressed", "false");
  }

  slider.max = String(fixes.length - 1);
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  button.addEventListener("click", () => {
    if (timer) { stop(); return; }
    button.setAttribute("aria-pressed", "true");
    if (Number(slider.value) >= fixes.length - 1) slider.value = "0";
    timer = setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next >= fixes.length) stop();
      else show(next);
    }, 200);
  });
  show(0);
  bar.hidden = false;
}

function wait() {
  const map = mapOf();
  if (map) start(map);
  else setTimeout(wait, 100);
}

if (bar && fixes.length) wait();
