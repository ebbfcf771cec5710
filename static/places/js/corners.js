// Corners of a line or an outline: put on the map, moved there, or typed, one "lon,lat" a line.
//
// A form with data-corners="<name of the text area>" and a map (data-map) beside it:
//   data-corners-closed   the corners go around a surface
//   data-cells-url        GeoJSON of the cells, drawn under the corners
//   data-cells-pick       name of a select: a click on a cell picks it (several if it is multiple)
//   data-cells-load       choosing a cell in the select "cell" puts its outline into the text
// Without a script the text area alone serves.

const DIGITS = 7;
const ACTION = "#1d5fbf", PICKED = "#c2410c", CELL = "#64748b";

function read(text) {
  return text.split("\n").map((line) => line.replace("，", ",").split(",").map(Number))
    .filter((pair) => pair.length === 2 && pair.every(Number.isFinite)).map(([lon, lat]) => L.latLng(lat, lon));
}

function write(corners) {
  return corners.map((at) => `${at.lng.toFixed(DIGITS)},${at.lat.toFixed(DIGITS)}`).join("\n");
}

function outerRing(geometry) {
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const largest = parts.reduce((best, part) => (part[0].length > best[0].length ? part : best));
  return largest[0].slice(0, -1).map(([lon, lat]) => L.latLng(lat, lon));
}

class Corners {
  constructor(form, map) {
    this.form = form;
    this.map = map;
    this.text = form.querySelector(`[name="${form.dataset.corners}"]`);
    this.closed = "cornersClosed" in form.dataset;
    this.layer = L.layerGroup().addTo(map);
    map.on("click", (event) => this.set([...read(this.text.value), event.latlng]));
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== map.getContainer()) return;
      event.preventDefault();
      this.set([...read(this.text.value), map.getCenter()]);
    });
    map.getContainer().classList.add("map-picking");
    this.text.addEventListener("input", () => this.draw());
    form.querySelector("[data-corners-undo]")?.addEventListener("click", () => this.set(read(this.text.value).slice(0, -1)));
    form.querySelector("[data-corners-clear]")?.addEventListener("click", () => this.set([]));
    this.draw();
  }

  set(corners) {
    this.text.value = write(corners);
    this.draw();
  }

  draw() {
    const corners = read(this.text.value);
    this.layer.clearLayers();
    const style = { color: PICKED, weight: 3, fillOpacity: 0.1, interactive: false };
    (this.closed && corners.length > 2 ? L.polygon(corners, style) : L.polyline(corners, style)).addTo(this.layer);
    if (corners.length > 300) return; // so many handles would hide the outline
    corners.forEach((at, index) => {
      const dot = document.createElement("span");
      const icon = L.divIcon({ className: "map-corner", html: dot, iconSize: [14, 14], iconAnchor: [7, 7] });
      L.marker(at, { icon, draggable: true, keyboard: false, autoPan: true })
        .on("dragend", (event) => this.set(corners.map((old, n) => (n === index ? event.target.getLatLng() : old))))
        .addTo(this.layer);
    });
  }
}

class Cells {
  constructor(form, map, corners) {
    this.select = form.querySelector(`[name="${form.dataset.cellsPick}"]`);
    this.byId = new Map();
    this.corners = corners;
    this.loads = "cellsLoad" in form.dataset;
    this.load(form.dataset.cellsUrl, map);
    this.select?.addEventListener("change", () => this.chosen());
  }

  async load(url, map) {
    const answer = await fetch(url);
    if (!answer.ok) return;
    const layer = L.geoJSON(await answer.json(), {
      interactive: Boolean(this.select),
      bubblingMouseEvents: Boolean(this.corners),
      onEachFeature: (feature, shape) => {
        this.byId.set(String(feature.id), { feature, shape });
        shape.bindTooltip(document.createTextNode(feature.properties.label).data, { sticky: true });
        if (this.select && !this.corners) shape.on("click", () => this.toggle(String(feature.id)));
      },
    }).addTo(map);
    layer.bringToBack();
    if (layer.getBounds().isValid()) map.fitBounds(layer.getBounds(), { padding: [16, 16], animate: false });
    this.paint();
  }

  toggle(id) {
    const option = [...this.select.options].find((each) => each.value === id);
    if (!option) return;
    option.selected = this.select.multiple ? !option.selected : true;
    this.chosen();
  }

  chosen() {
    const held = this.byId.get(this.select.value);
    if (this.loads && this.corners && held) this.corners.set(outerRing(held.feature.geometry));
    this.paint();
  }

  paint() {
    const picked = new Set([...(this.select?.selectedOptions || [])].map((option) => option.value));
    for (const [id, { shape }] of this.byId) {
      const is = picked.has(id);
      shape.setStyle({ color: is ? PICKED : CELL, weight: is ? 3 : 1.5, fillColor: is ? PICKED : ACTION, fillOpacity: is ? 0.2 : 0.04 });
    }
  }
}

for (const form of document.querySelectorAll("form[data-cells-url], form[data-corners]")) {
  const map = form.querySelector("[data-map]")?.leafletMap;
  if (!map) continue;
  const corners = form.dataset.corners ? new Corners(form, map) : null;
  if (form.dataset.cellsUrl) new Cells(form, map, corners);
}
