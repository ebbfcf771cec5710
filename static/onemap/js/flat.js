// The map without WebGL: Leaflet drawing the features of the view, up to a limit per layer.

import { attachMap } from "../../places/js/map.js";
import { later } from "./dom.js";
import { boxOf } from "./geo.js";

const LEAFLET_STEP = 1; // its zooms are those of 256-pixel tiles

export async function openFlat(element, options) {
  await load(options.leafletUrl);
  return new FlatEngine(element, options);
}

function load(url) {
  if (window.L) return Promise.resolve();
  return new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = done;
    script.onerror = () => fail(new Error(url));
    document.head.append(script);
  });
}

class FlatEngine {
  constructor(element, { baseUrl, featuresUrl, words, view, box, wide }) {
    this.kind = "flat";
    this.featuresUrl = featuresUrl;
    this.events = new EventTarget();
    this.drawnLayers = new Map(); // code -> Leaflet layer
    this.items = [];
    element.dataset.baseUrl = baseUrl;
    element.dataset.textZoomIn = words.zoomIn;
    element.dataset.textZoomOut = words.zoomOut;
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", words.mapLabel);
    const [west, south, east, north] = box;
    element.dataset.center = `${(west + east) / 2},${(south + north) / 2}`;
    this.map = attachMap(element);
    this.map.removeControl(this.map.zoomControl || { remove() {} });
    if (view) this.map.setView([view.center[1], view.center[0]], view.zoom + LEAFLET_STEP, { animate: false });
    else this.map.fitBounds([[south, west], [north, east]], { animate: false, paddingTopLeft: wide ? [336, 72] : [10, 10] });
    this.sketch = L.geoJSON(null, drawing("#c01048")).addTo(this.map);
    this.mark = L.geoJSON(null, drawing("#c01048")).addTo(this.map);
    this.map.on("click", ({ latlng }) => this.tell("click", { lon: latlng.lng, lat: latlng.lat }));
    this.map.on("mousemove", ({ latlng }) => this.tell("pointer", { lon: latlng.lng, lat: latlng.lat }));
    this.map.on("moveend", () => {
      this.tell("move");
      this.refresh();
    });
    this.refresh = later(() => this.draw(), 200);
  }

  tell(name, detail) {
    this.events.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, run) {
    this.events.addEventListener(name, (event) => run(event.detail));
  }

  async setLayers(items) {
    this.items = items;
    await this.draw();
  }

  async draw() {
    this.request?.abort();
    this.request = new AbortController();
    const { signal } = this.request;
    const bbox = this.box().map((value) => value.toFixed(6)).join(",");
    const { zoom } = this.view();
    this.tell("busy", true);
    const cut = [];
    for (const [code, layer] of this.drawnLayers) {
      if (!this.items.some((item) => item.layer.code === code)) {
        layer.remove();
        this.drawnLayers.delete(code);
      }
    }
    for (const item of this.items) {
      if (item.layer.outside) {
        this.putPictures(item);
        continue;
      }
      if (zoom < item.layer.min_zoom) continue;
      const query = new URLSearchParams(item.query);
      query.set("bbox", bbox);
      try {
        const answer = await fetch(`${this.featuresUrl}${item.layer.code}.json?${query}`, { signal });
        if (!answer.ok) throw new Error(String(answer.status));
        const found = await answer.json();
        if (found.truncated) cut.push(item.layer.code);
        this.put(item, found);
      } catch (error) {
        if (error.name === "AbortError") return;
        this.tell("error", { source: item.layer.code });
      }
    }
    this.tell("cut", cut);
    this.tell("busy", false);
  }

  putPictures({ layer, opacity }) {
    const { tiles, is_raster: isRaster, max_zoom: maxNativeZoom } = layer.outside;
    if (!isRaster) return;
    if (!this.drawnLayers.has(layer.code)) {
      this.drawnLayers.set(layer.code, L.tileLayer(tiles, { minZoom: layer.min_zoom, maxNativeZoom, maxZoom: 20 }).addTo(this.map));
    }
    this.drawnLayers.get(layer.code).setOpacity(opacity);
  }

  put({ layer, opacity }, collection) {
    this.drawnLayers.get(layer.code)?.remove();
    const colours = new Map(layer.legend.map(({ value, color }) => [value, color]));
    const style = ({ properties }) => ({
      color: colours.get(properties.by) || layer.color, weight: layer.width, opacity: 0.85 * opacity,
      fillOpacity: (layer.geometry === "point" ? 0.9 : layer.opacity) * opacity,
    });
    const shown = L.geoJSON(collection, {
      interactive: false, style,
      pointToLayer: (feature, at) => L.circleMarker(at, { ...style(feature), radius: layer.radius, weight: 1, interactive: false }),
    });
    this.drawnLayers.set(layer.code, shown.addTo(this.map));
  }

  view() {
    const { lng, lat } = this.map.getCenter();
    return { center: [lng, lat], zoom: this.map.getZoom() - LEAFLET_STEP };
  }

  box() {
    const seen = this.map.getBounds();
    return [Math.max(-180, seen.getWest()), Math.max(-85, seen.getSouth()), Math.min(180, seen.getEast()), Math.min(85, seen.getNorth())];
  }

  moveTo({ center, zoom, box, shape }) {
    if (center) this.map.setView([center[1], center[0]], zoom + LEAFLET_STEP);
    else {
      const [west, south, east, north] = box || boxOf(shape);
      this.map.fitBounds([[south, west], [north, east]], { maxZoom: 18, padding: [40, 40] });
    }
  }

  zoomBy(step) {
    this.map.setZoom(this.map.getZoom() + step);
  }

  setSketch(features) {
    this.sketch.clearLayers();
    this.sketch.addData({ type: "FeatureCollection", features });
  }

  setMark(shapes) {
    this.mark.clearLayers();
    shapes.forEach((shape) => this.mark.addData(shape));
  }

  focus() {
    this.map.getContainer().focus();
  }
}

const drawing = (color) => ({
  interactive: false, style: { color, weight: 2.5, fillOpacity: 0.1 },
  pointToLayer: (feature, at) => L.circleMarker(at, { color, radius: 7, weight: 3, fillOpacity: 0, interactive: false }),
});
