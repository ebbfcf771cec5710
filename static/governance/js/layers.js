// Layers of the one map on the grid page: points of the area and period, or their heat, drawn over
// the page's map. What is ticked is asked for once; the heat counts points per piece of the map.

const PIECE = 36; // pixels of a side of a piece of the heat
const form = document.querySelector("[data-map-layers]");
const element = form?.closest("section").querySelector("[data-map]");
const held = new Map(); // address -> points

async function pointsOf(box) {
  if (held.has(box.value)) return held.get(box.value);
  const answer = await fetch(`${box.value}?${form.dataset.query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const found = await answer.json();
  held.set(box.value, found);
  return found;
}

function popup(title, url) {
  const words = document.createElement(url.startsWith("/") ? "a" : "span");
  if (url.startsWith("/")) words.href = url;
  words.textContent = title;
  return words;
}

function drawPoints(group, points, color) {
  for (const [lon, lat, title, url] of points) {
    L.circleMarker([lat, lon], { radius: 5, weight: 1, color: "#fff", fillColor: color, fillOpacity: 0.9 })
      .bindPopup(popup(title, url)).addTo(group);
  }
}

function drawHeat(map, group, points) {
  const counts = new Map();
  for (const [lon, lat] of points) {
    const { x, y } = map.project([lat, lon]);
    const key = `${Math.floor(x / PIECE)},${Math.floor(y / PIECE)}`;
    counts.set(key, (counts.get(key) || 0) + 1);
  }
  const most = Math.max(...counts.values(), 1);
  for (const [key, count] of counts) {
    const [column, row] = key.split(",").map(Number);
    const corner = (dx, dy) => map.unproject([(column + dx) * PIECE, (row + dy) * PIECE]);
    const style = { stroke: false, fillColor: "#c2410c", fillOpacity: 0.2 + (0.6 * count) / most };
    L.rectangle([corner(0, 0), corner(1, 1)], style).bindTooltip(String(count)).addTo(group);
  }
}

function start(map) {
  const group = L.layerGroup().addTo(map);
  const status = form.querySelector("[data-status]");
  const heat = form.querySelector("[data-heat]");
  let turn = 0;

  async function draw() {
    const mine = ++turn;
    const chosen = [...form.querySelectorAll("input[value]:checked")].filter((box) => box !== heat);
    const words = [];
    const drawn = [];
    for (const box of chosen) {
      try {
        const found = await pointsOf(box);
        drawn.push([found.points, box.dataset.color]);
        const count = found.points.length ? String(found.points.length) : form.dataset.textNone;
        box.closest("label").querySelector("[data-count]").textContent = count;
        if (found.truncated) words.push(form.dataset.textCut);
      } catch {
        words.push(form.dataset.textFailed);
      }
    }
    if (mine !== turn) return;
    group.clearLayers();
    if (heat.checked) drawHeat(map, group, drawn.flatMap(([points]) => points));
    else drawn.forEach(([points, color]) => drawPoints(group, points, color));
    status.textContent = [...new Set(words)].join(" ");
  }

  form.addEventListener("change", draw);
  map.on("zoomend", () => { if (heat.checked) draw(); });
  form.hidden = false;
}

function wait() {
  if (element.leafletMap) start(element.leafletMap);
  else setTimeout(wait, 100);
}

if (element) wait();
