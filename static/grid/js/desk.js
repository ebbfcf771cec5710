// The desk's list and its map: a place leads to its row, a row shows its place. The rows hold the
// places (data-place="lon,lat"); without a script the list alone serves.

const rows = [...document.querySelectorAll("tr[data-place]")];
const element = document.querySelector("[data-desk-map] [data-map]");

function mark(row) {
  document.querySelectorAll("tr.at").forEach((other) => other.classList.remove("at"));
  row.classList.add("at");
}

function pinOf(number) {
  const icon = document.createElement("span");
  icon.textContent = String(number);
  return L.divIcon({ className: "desk-pin", html: icon, iconSize: [24, 24], iconAnchor: [12, 12] });
}

function start(map) {
  const spots = rows.map((row, index) => {
    const [lon, lat] = row.dataset.place.split(",").map(Number);
    const link = row.querySelector("a[href]");
    const marker = L.marker([lat, lon], { icon: pinOf(index + 1), title: link.textContent }).addTo(map);
    marker.on("click", () => {
      mark(row);
      row.scrollIntoView({ block: "center" });
      link.focus({ preventScroll: true });
    });
    const button = row.querySelector("[data-show-place]");
    button.hidden = false;
    button.addEventListener("click", () => {
      mark(row);
      map.setView([lat, lon], Math.max(map.getZoom(), 16));
      marker.getElement().focus({ preventScroll: true });
      element.scrollIntoView({ block: "nearest" });
    });
    return [lat, lon];
  });
  map.fitBounds(L.latLngBounds(spots), { padding: [24, 24], maxZoom: 16, animate: false });
}

function wait() {
  if (element.leafletMap) start(element.leafletMap);
  else setTimeout(wait, 100);
}

if (element && rows.length) wait();
