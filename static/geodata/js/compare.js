// Draws a file twice on the map of the preview: as stated (red) and as judged (blue).
//
// [data-compare] holds a map of places/js/map.js; data-before and data-after are addresses of
// GeoJSON. Needs the global L. Without script the table above the map says the same.

const LOOKS = {
  before: { color: "#b42318", dashArray: "4 4", fillColor: "#b42318" },
  after: { color: "#1d5fbf", fillColor: "#1d5fbf" },
};

async function draw(map, url, look) {
  const answer = await fetch(url);
  if (!answer.ok) return null;
  const style = { ...look, weight: 2, fillOpacity: 0.25 };
  return L.geoJSON(await answer.json(), {
    style,
    interactive: false,
    pointToLayer: (_feature, at) => L.circleMarker(at, { ...style, radius: 4, dashArray: null }),
  }).addTo(map);
}

for (const box of document.querySelectorAll("[data-compare]")) {
  const map = box.querySelector("[data-map]").leafletMap;
  const { before, after } = box.dataset;
  const drawn = await Promise.all(
    [["before", before], ["after", after]]
      .filter(([name, url]) => url && (name === "after" || url !== after))
      .map(([name, url]) => draw(map, url, LOOKS[name])),
  );
  const bounds = drawn.filter(Boolean).map((layer) => layer.getBounds()).filter((b) => b.isValid());
  const last = bounds.at(-1);
  if (last) map.fitBounds(last.pad(0.3), { maxZoom: 17 });
}
