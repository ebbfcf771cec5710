// The map of every page: draws the local base map, shows places, lets a person pick one.
//
// attachMap(element) reads the element's data attributes (all optional but data-base-url):
//   data-base-url     GeoJSON of the base map, asked with ?bbox=&zoom=
//   data-center       "lon,lat"        data-zoom   Web Mercator zoom
//   data-point        "lon,lat" of a marker
//   data-pick         names of the inputs for lon and lat, "lon,lat": picking is on
//   data-locate-url   answers ?lon=&lat= with address and grid cell, shown under the map
//   data-geojson-url  features drawn above the base map; properties.label, .url for popups,
//                     .shade how strongly an area is filled, 0 to 1; .dashed a planned line,
//                     .still takes no clicks
//   data-highlight-url one GeoJSON feature: outlined, and the map shows all of it
// Words are data too (data-text-…), so that they are translated on the server.
// Needs the global L of /static/vendor/leaflet/leaflet.js. Sends "map:pick" when a place is
// picked; detail: {lon, lat, area}.

const MAX_ZOOM = 19;
const DIGITS = 7;

const LIGHT = {
  land: "#f4f3ef", water: "#cfe0ea", green: "#dcead5", building: "#e3dfd8", buildingLine: "#d3cec5",
  casing: "#d9d6cf", road: "#ffffff", border: "#8d93a3", cell: "#b9bfcc", ink: "#4a5160", action: "#1d5fbf",
};
const DARK = {
  land: "#1d222b", water: "#16303f", green: "#20332a", building: "#2b313c", buildingLine: "#363d4a",
  casing: "#14181f", road: "#3a4250", border: "#76809a", cell: "#414a5b", ink: "#c3cad8", action: "#6aa5f5",
};
const ROAD_WIDTH = { 1: 7, 2: 4.5, 3: 2.5 };

function isDark(element) {
  const theme = element.closest("[data-bs-theme]")?.dataset.bsTheme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function numbers(text) {
  const parts = (text || "").split(",").map(Number);
  return text && parts.length === 2 && parts.every(Number.isFinite) ? parts : null;
}

function roadWidth(rank, zoom) {
  return Math.max(1, (ROAD_WIDTH[rank] || 2) * Math.pow(1.35, zoom - 16));
}

// What each kind looks like. The order of drawing is the order of the panes.
function styleOf(properties, colours, zoom) {
  switch (properties.kind) {
    case "water": return { stroke: false, fillColor: colours.water, fillOpacity: 1 };
    case "green": return { stroke: false, fillColor: colours.green, fillOpacity: 1 };
    case "coast": return { color: colours.border, weight: 1, opacity: 0.6, fill: false };
    case "building":
      return { color: colours.buildingLine, weight: 1, fillColor: colours.building, fillOpacity: 1 };
    case "road":
      return { color: colours.road, weight: roadWidth(properties.rank, zoom), fill: false, lineCap: "round" };
    case "cell": return { color: colours.cell, weight: 1, dashArray: "2 4", fill: false };
    default:
      return {
        color: colours.border,
        weight: properties.depth <= 2 ? 2 : 1.2,
        opacity: properties.depth <= 2 ? 0.9 : 0.7,
        dashArray: properties.depth <= 2 ? null : "6 4",
        fillColor: colours.land,
        fillOpacity: properties.depth === 1 ? 1 : 0,
      };
  }
}

const PANES = ["land", "ground", "building", "casing", "road", "border"];
const PANE_OF = { water: "ground", green: "ground", coast: "ground", building: "building", road: "road" };

class BaseMap {
  constructor(map, url, colours) {
    this.map = map;
    this.url = url;
    this.colours = colours;
    this.shown = null;
    PANES.forEach((name, index) => {
      const pane = map.createPane(`base-${name}`);
      pane.style.zIndex = 210 + index;
      pane.style.pointerEvents = "none";
    });
    map.createPane("base-label").style.zIndex = 430;
    map.getPane("base-label").style.pointerEvents = "none";
    this.labels = L.layerGroup().addTo(map);
    map.on("moveend", () => this.refresh());
    this.refresh();
  }

  async refresh() {
    const zoom = Math.round(this.map.getZoom());
    const seen = this.map.getBounds();
    if (this.loaded && this.loaded.zoom === zoom && this.loaded.bounds.contains(seen)) return;
    const bounds = seen.pad(0.4);
    const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    this.request?.abort();
    this.request = new AbortController();
    try {
      const query = new URLSearchParams({ bbox: bbox.map((v) => v.toFixed(6)).join(","), zoom });
      const answer = await fetch(`${this.url}?${query}`, { signal: this.request.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      this.draw(await answer.json(), zoom);
      this.loaded = { zoom, bounds };
      this.map.getContainer().classList.remove("map-offline");
    } catch (error) {
      // The last good drawing stays; the page says that it may be incomplete.
      if (error.name !== "AbortError") this.map.getContainer().classList.add("map-offline");
    }
  }

  draw(collection, zoom) {
    const renderers = {};
    const paneOf = (p) => (p.kind === "area" && p.depth === 1 ? "land" : PANE_OF[p.kind] || "border");
    const layers = L.layerGroup();
    const byPane = {};
    for (const feature of collection.features) {
      if (feature.properties.kind === "label") continue;
      (byPane[paneOf(feature.properties)] ||= []).push(feature);
    }
    if (byPane.road) byPane.casing = byPane.road;
    for (const name of PANES) {
      if (!byPane[name]) continue;
      const pane = `base-${name}`;
      renderers[name] = L.canvas({ pane, padding: 0.5 });
      const style = (feature) => {
        const found = styleOf(feature.properties, this.colours, zoom);
        if (name === "casing") return { ...found, color: this.colours.casing, weight: found.weight + 1.6 };
        return found;
      };
      L.geoJSON({ type: "FeatureCollection", features: byPane[name] }, {
        pane, style, renderer: renderers[name], interactive: false,
      }).addTo(layers);
    }
    layers.addTo(this.map);
    this.shown?.remove();
    this.shown = layers;
    this.write(collection.features, zoom);
  }

  // Names: big things first, and none over another.
  write(features, zoom) {
    this.labels.clearLayers();
    const taken = [];
    const order = { area: 0, water: 1, green: 2, road: 3, label: 4, cell: 5 };
    const named = features.filter((f) => f.properties.name && f.properties.kind in order && this.wanted(f, zoom));
    named.sort((a, b) =>
      order[a.properties.kind] - order[b.properties.kind] || (a.properties.rank || 0) - (b.properties.rank || 0));
    for (const feature of named) {
      const spot = this.spotOf(feature);
      if (!spot || !this.map.getBounds().pad(0.2).contains(spot)) continue;
      const kind = feature.properties.kind;
      const text = kind === "cell" ? feature.properties.name.replace(/^.*第(\d+)网格$/, "$1") : feature.properties.name;
      const at = this.map.latLngToLayerPoint(spot);
      const half = { x: text.length * 6.5 + 6, y: 10 };
      if (taken.some((t) => Math.abs(t.x - at.x) < t.hx + half.x && Math.abs(t.y - at.y) < t.hy + half.y)) continue;
      taken.push({ x: at.x, y: at.y, hx: half.x, hy: half.y });
      const label = document.createElement("span");
      label.textContent = text;
      const icon = L.divIcon({ className: `map-label map-label-${kind}`, html: label, iconSize: null });
      L.marker(spot, { icon, pane: "base-label", interactive: false, keyboard: false }).addTo(this.labels);
    }
  }

  wanted(feature, zoom) {
    const { kind, depth, rank } = feature.properties;
    if (kind === "area") return (depth === 2 && zoom < 14) || (depth === 3 && zoom >= 13 && zoom < 15) || (depth === 4 && zoom >= 15 && zoom < 17);
    if (kind === "road") return zoom >= 13 + rank;
    if (kind === "cell") return zoom >= 17;
    if (kind === "green") return zoom >= 15 || rank === 0;
    return true;
  }

  spotOf(feature) {
    const { type, coordinates } = feature.geometry;
    if (type === "Point") return L.latLng(coordinates[1], coordinates[0]);
    if (type === "LineString") {
      // The node of the line nearest to the middle of the view: a long road keeps its name in sight.
      const centre = this.map.getCenter();
      const inside = coordinates.map(([x, y]) => L.latLng(y, x)).filter((p) => this.map.getBounds().contains(p));
      inside.sort((a, b) => a.distanceTo(centre) - b.distanceTo(centre));
      return inside[Math.min(1, inside.length - 1)] || null;
    }
    return L.geoJSON(feature).getBounds().getCenter();
  }
}

function pin(colours) {
  const dot = document.createElement("span");
  dot.style.borderColor = colours.action;
  return L.divIcon({ className: "map-pin", html: dot, iconSize: [26, 26], iconAnchor: [13, 13] });
}

class Picker {
  constructor(element, map, colours) {
    this.element = element;
    this.map = map;
    this.data = element.dataset;
    const form = element.closest("form") || document;
    this.inputs = this.data.pick.split(",").map((name) => form.querySelector(`[name="${CSS.escape(name.trim())}"]`));
    this.marker = L.marker(map.getCenter(), { icon: pin(colours), keyboard: false });
    this.say = element.parentElement.querySelector("[data-map-status]");
    map.on("click", (event) => this.pick(event.latlng));
    // Arrow keys move the map under the cross (Leaflet's own keyboard); Enter takes its middle.
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== map.getContainer()) return;
      event.preventDefault();
      this.pick(map.getCenter());
    });
    map.getContainer().classList.add("map-picking");
    const [lon, lat] = this.inputs.map((input) => (input?.value ? Number(input.value) : NaN));
    if (Number.isFinite(lon) && Number.isFinite(lat)) this.pick(L.latLng(lat, lon), { quiet: true });
    this.addPositionButton();
  }

  addPositionButton() {
    const button = this.element.parentElement.querySelector("[data-map-position]");
    if (!button) return;
    button.hidden = !("geolocation" in navigator);
    button.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          const here = L.latLng(coords.latitude, coords.longitude);
          this.map.setView(here, Math.max(this.map.getZoom(), 17));
          this.pick(here);
        },
        () => this.tell(this.data.textNoPosition || ""),
        { enableHighAccuracy: true, timeout: 10000 },
      );
    });
  }

  async pick(latlng, { quiet = false } = {}) {
    const lon = latlng.lng.toFixed(DIGITS), lat = latlng.lat.toFixed(DIGITS);
    this.marker.setLatLng(latlng).addTo(this.map);
    this.inputs.forEach((input, index) => {
      if (!input) return;
      input.value = index === 0 ? lon : lat;
      if (!quiet) input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    const area = await this.locate(lon, lat);
    if (!quiet) {
      this.element.dispatchEvent(new CustomEvent("map:pick", { bubbles: true, detail: { lon, lat, area } }));
    }
  }

  async locate(lon, lat) {
    if (!this.data.locateUrl) return null;
    const turn = (this.turn = (this.turn || 0) + 1);
    try {
      const answer = await fetch(`${this.data.locateUrl}?${new URLSearchParams({ lon, lat })}`);
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      if (turn === this.turn) this.tell(found.area ? [found.address, found.full_name].filter(Boolean).join(" · ") : this.data.textOutside || "");
      return found.area;
    } catch {
      if (turn === this.turn) this.tell(this.data.textFailed || "");
      return null;
    }
  }

  tell(text) {
    if (this.say) this.say.textContent = text;
  }
}

// What a feature is called; its number where it has no name.
function nameOf({ id, properties }) {
  return properties.label || properties.name || String(id ?? "");
}

function popup(feature) {
  const { properties } = feature;
  const box = document.createElement(properties.url ? "a" : "span");
  if (properties.url?.startsWith("/")) box.href = properties.url;
  box.textContent = nameOf(feature);
  return box;
}

async function addFeatures(map, url, colours) {
  const answer = await fetch(url);
  if (!answer.ok) return;
  const collection = await answer.json();
  // What is still lies under the rest and takes no clicks: a place under it can be picked.
  const drawn = [true, false].map((still) => L.geoJSON(collection, {
    interactive: !still,
    filter: ({ properties }) => Boolean(properties.still) === still,
    style: ({ properties }) => ({
      color: properties.dashed ? colours.ink : colours.action, weight: properties.dashed ? 3 : 2,
      dashArray: properties.dashed ? "6 6" : null, fillOpacity: properties.shade ?? 0.08,
    }),
    pointToLayer: (feature, latlng) => L.marker(latlng, { icon: pin(colours), title: nameOf(feature) }),
    onEachFeature: (feature, shape) => still || shape.bindPopup(popup(feature)),
  }).addTo(map));
  const bounds = drawn.reduce((all, layer) => all.extend(layer.getBounds()), L.latLngBounds([]));
  if (bounds.isValid()) map.fitBounds(bounds, { maxZoom: 17, padding: [30, 30] });
}

async function highlight(map, url, colours) {
  const answer = await fetch(url);
  const feature = answer.ok ? await answer.json() : null;
  if (!feature?.geometry) return;
  const layer = L.geoJSON(feature, {
    interactive: false, style: { color: colours.action, weight: 3, fillColor: colours.action, fillOpacity: 0.08 },
  }).addTo(map);
  map.fitBounds(layer.getBounds(), { padding: [16, 16], maxZoom: 18, animate: false });
}

export function attachMap(element) {
  if (element.leafletMap) return element.leafletMap;
  const data = element.dataset;
  const colours = isDark(element) ? DARK : LIGHT;
  const point = numbers(data.point);
  const centre = point || numbers(data.center) || [123, 35];
  element.style.background = colours.land;
  element.style.setProperty("--map-ink", colours.ink);
  element.style.setProperty("--map-halo", colours.land);
  const map = L.map(element, {
    center: [centre[1], centre[0]], zoom: Number(data.zoom) || (point ? 17 : 13), minZoom: 9, maxZoom: MAX_ZOOM,
    attributionControl: false, zoomControl: false,
  });
  L.control.zoom({ zoomInTitle: data.textZoomIn || "+", zoomOutTitle: data.textZoomOut || "−" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  element.leafletMap = map;
  if (data.baseUrl) element.baseMap = new BaseMap(map, data.baseUrl, colours);
  if (point && !data.pick) L.marker([point[1], point[0]], { icon: pin(colours), keyboard: false }).addTo(map);
  if (data.pick) element.picker = new Picker(element, map, colours);
  if (data.geojsonUrl) addFeatures(map, data.geojsonUrl, colours);
  if (data.highlightUrl) highlight(map, data.highlightUrl, colours);
  return map;
}

function attachAll(root) {
  root.querySelectorAll("[data-map]").forEach(attachMap);
}

attachAll(document);
document.addEventListener("htmx:load", (event) => attachAll(event.detail.elt));
