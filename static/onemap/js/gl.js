// The map drawn by MapLibre GL: layers as vector tiles. Zooms are those of 512-pixel tiles.

import { boxOf } from "./geo.js";
import { faded, outsideStyle, sketchLayers } from "./gl_style.js";
import { isDark } from "./dom.js";
import { isDrawnByProcessor, Lightness } from "./light.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const MAX_ZOOM = 20;

// Will tell whether this browser draws WebGL 2, without waiting for a map to fail.
export function isAble() {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return Boolean(context);
  } catch {
    return false;
  }
}

export async function openGl(element, { glUrl, workerUrl, tilesUrl, words, view, box, limit, wide }) {
  const gl = await import(glUrl);
  gl.setWorkerUrl(workerUrl);
  const engine = new GlEngine(gl, element, { tilesUrl, words });
  await engine.start(view, box, limit, wide);
  if (isDrawnByProcessor(engine.canvas)) engine.light = new Lightness(engine.map, element);
  return engine;
}

export class GlEngine {
  constructor(gl, element, { tilesUrl, words }) {
    this.gl = gl;
    this.element = element;
    this.tilesUrl = tilesUrl;
    this.words = words;
    this.kind = "gl";
    this.shown = new Map(); // code -> {item, key}
    this.parts = new Map(); // code -> ids of its drawn layers
    this.tileJson = new Map();
    this.events = new EventTarget();
    this.styles = new Map(); // code and theme -> the server's drawing of a layer
    this.theme = themeNow();
  }

  async start(view, box, limit, wide = false) {
    const where = view ? { center: view.center, zoom: view.zoom } : { bounds: box, fitBoundsOptions: { padding: wide ? { left: 336, top: 72, right: 24, bottom: 40 } : 24 } };
    this.map = new this.gl.Map({
      container: this.element, ...where, maxZoom: MAX_ZOOM, maxBounds: limit, attributionControl: false,
      dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0, fadeDuration: 0,
      locale: { "Map.Title": this.words.mapLabel }, refreshExpiredTiles: false,
      canvasContextAttributes: { antialias: false },
      localIdeographFontFamily: '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
      style: { version: 8, sources: { sketch: { type: "geojson", data: EMPTY }, mark: { type: "geojson", data: EMPTY } }, layers: [] },
    });
    this.map.keyboard.disableRotation();
    this.map.touchZoomRotate.disableRotation();
    this.map.on("error", ({ error, sourceId }) => this.tell("error", { message: error?.message, status: error?.status, source: sourceId }));
    await new Promise((done) => this.map.once("style.load", done));
    await this.addBase();
    sketchLayers(this.theme).forEach((layer) => this.map.addLayer(layer));
    this.map.on("moveend", () => this.light?.isChanging || this.tell("move"));
    this.map.on("click", (event) => this.click(event));
    this.map.on("mousemove", (event) => this.hover(event));
    this.map.on("dataloading", () => this.tell("busy", true));
    this.map.on("idle", () => this.tell("busy", false));
    new MutationObserver(() => this.repaint().catch(() => this.tell("error", {}))).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  }

  tell(name, detail) {
    this.events.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, run) {
    this.events.addEventListener(name, (event) => run(event.detail));
  }

  // --- layers ---------------------------------------------------------------------------

  async addBase() {
    const [source, style] = await Promise.all([this.sourceOf("base-map"), this.styleOf("base-map")]).catch(() => []);
    if (!source) return;
    this.map.addSource("base-map", source);
    style.layers.forEach((layer) => this.map.addLayer(layer));
  }

  async sourceOf(code, query = "") {
    if (!this.tileJson.has(code)) this.tileJson.set(code, await read(`${this.tilesUrl}${code}.json`));
    const { tiles, minzoom = 0, maxzoom = 16 } = this.tileJson.get(code);
    return { type: "vector", tiles: tiles.map((url) => withQuery(url, query)), minzoom, maxzoom };
  }

  async styleOf(code) {
    const key = `${code} ${this.theme}`;
    if (!this.styles.has(key)) this.styles.set(key, await read(`${this.tilesUrl}${code}/style.json?theme=${this.theme}`));
    return this.styles.get(key);
  }

  // Source and drawing of one layer, ours or of an outside service.
  lookOf(layer, query) {
    if (!layer.outside) return Promise.all([this.sourceOf(layer.code, query), this.styleOf(layer.code)]);
    const { tiles, max_zoom: maxzoom, is_raster: isRaster } = layer.outside;
    const source = { tiles: [withQuery(tiles)], minzoom: layer.min_zoom, maxzoom };
    return [isRaster ? { type: "raster", tileSize: 256, ...source } : { type: "vector", ...source }, outsideStyle(layer)];
  }

  async setLayers(items) {
    this.wanted = items;
    const turn = (this.turn = (this.turn || 0) + 1);
    const kept = new Set(items.map(({ layer }) => layer.code));
    for (const code of [...this.shown.keys()]) if (!kept.has(code)) this.remove(code);
    for (const item of items) {
      await this.show(item).catch(() => this.tell("error", { source: item.layer.code }));
      if (turn !== this.turn) return;
    }
  }

  async show(item) {
    const { code } = item.layer;
    const was = this.shown.get(code);
    const key = JSON.stringify([item.opacity, item.heat]);
    if (was && was.key === key && was.query === item.query) return;
    const [source, style] = await this.lookOf(item.layer, item.query);
    if (!this.map.getSource(code)) this.map.addSource(code, source);
    else if (!was || was.query !== item.query) this.map.getSource(code).setTiles(source.tiles);
    if (!was || was.key !== key) this.draw(item, style);
    this.shown.set(code, { key, query: item.query, item });
  }

  draw(item, style) {
    this.undraw(item.layer.code);
    const above = this.firstAbove(item);
    const layers = faded(item.heat && style.heat.length ? style.heat : style.layers, item.opacity);
    for (const layer of layers) this.map.addLayer(layer, above);
    this.parts.set(item.layer.code, layers.map(({ id }) => id));
  }

  // Polygons stay under lines and lines under points, whichever was switched on first.
  firstAbove(item) {
    const order = this.wanted.map(({ layer }) => layer.code);
    const later = order.slice(order.indexOf(item.layer.code) + 1);
    const next = later.find((code) => this.parts.has(code));
    return next ? this.parts.get(next)[0] : "sketch-fill";
  }

  undraw(code) {
    for (const id of this.parts.get(code) || []) this.map.removeLayer(id);
    this.parts.delete(code);
  }

  remove(code) {
    this.undraw(code);
    if (this.map.getSource(code)) this.map.removeSource(code);
    this.shown.delete(code);
  }

  // A page that turns dark or light is drawn anew in its colours.
  async repaint() {
    if (this.theme === themeNow()) return;
    this.theme = themeNow();
    const shown = [...this.shown.values()];
    const [base, ...styles] = await Promise.all([this.styleOf("base-map"), ...shown.map(async ({ item }) => (await this.lookOf(item.layer, item.query))[1])]);
    for (const layer of [...base.layers, ...sketchLayers(this.theme)]) {
      if (!this.map.getLayer(layer.id)) continue;
      for (const [name, value] of Object.entries(layer.paint)) this.map.setPaintProperty(layer.id, name, value);
    }
    shown.forEach(({ item }, n) => this.shown.has(item.layer.code) && this.draw(item, styles[n]));
  }

  // --- looking ----------------------------------------------------------------------------

  click({ lngLat, point }) {
    const under = this.at(point);
    const cell = under.find(({ source, properties }) => properties.count > 1 && !this.shown.get(source)?.item.layer.outside);
    if (cell && this.clicksZoom !== false) {
      this.map.easeTo({ center: cell.geometry.coordinates, zoom: Math.min(this.map.getZoom() + 2, MAX_ZOOM), duration: 300 });
      return;
    }
    const outside = under.flatMap(({ source, properties }) => {
      const { layer } = this.shown.get(source).item;
      return layer.outside ? [{ layer, properties }] : [];
    });
    this.tell("click", { lon: lngLat.lng, lat: lngLat.lat, outside });
  }

  at(point) {
    const near = [[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]];
    const layers = [...this.parts.values()].flat();
    return layers.length ? this.map.queryRenderedFeatures(near, { layers }) : [];
  }

  hover({ point, lngLat }) {
    this.tell("pointer", { lon: lngLat.lng, lat: lngLat.lat });
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      const found = this.map.isMoving() ? undefined : this.at(point)[0];
      const next = found && found.id !== undefined ? { source: found.source, sourceLayer: found.sourceLayer, id: found.id } : null;
      if (this.hot && this.map.getSource(this.hot.source)) this.map.setFeatureState(this.hot, { hover: false });
      if (next) this.map.setFeatureState(next, { hover: true });
      this.hot = next;
      this.element.classList.toggle("is-over", Boolean(found));
    });
  }

  view() {
    const { lng, lat } = this.map.getCenter();
    return { center: [lng, lat], zoom: this.map.getZoom() };
  }

  box() {
    return this.map.getBounds().toArray().flat();
  }

  moveTo({ center, zoom, box, shape }) {
    this.light?.lighten();
    if (center) this.map.easeTo({ center, zoom, duration: 400 });
    else this.map.fitBounds(box || boxOf(shape), { padding: 60, maxZoom: 17, duration: 400 });
  }

  zoomBy(step) {
    this.light?.lighten();
    this.map.easeTo({ zoom: this.map.getZoom() + step, duration: 250 });
  }

  setSketch(features) {
    this.map.getSource("sketch").setData({ type: "FeatureCollection", features });
  }

  setMark(shapes) {
    const features = shapes.map((geometry) => ({ type: "Feature", properties: {}, geometry }));
    this.map.getSource("mark").setData({ type: "FeatureCollection", features });
  }

  focus() {
    this.map.getCanvas().focus();
  }

  get canvas() {
    return this.map.getCanvas();
  }

  // --- a second drawing of the same place: for comparing and for printing -------------------

  async twin(element, items, options = {}) {
    const other = new GlEngine(this.gl, element, { tilesUrl: this.tilesUrl, words: this.words });
    other.tileJson = this.tileJson;
    other.styles = this.styles;
    if (options.forPaper) other.theme = "light";
    await other.start(this.view(), null, undefined);
    if (options.zoom !== undefined) other.map.jumpTo({ zoom: options.zoom, center: options.center });
    await other.setLayers(items);
    return other;
  }

  settled() {
    return new Promise((done) => this.map.once("idle", done));
  }

  // Will give the drawing as a PNG; read in the frame it is drawn in, when the buffer is still whole.
  picture() {
    return new Promise((done) => {
      this.map.once("render", () => done(this.map.getCanvas().toDataURL("image/png")));
      this.map.triggerRepaint();
    });
  }

  close() {
    this.map.remove();
  }
}

const themeNow = () => (isDark() ? "dark" : "light");

async function read(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function withQuery(url, query) {
  const whole = new URL(url, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
  if (!query) return whole;
  return `${whole}${whole.includes("?") ? "&" : "?"}${query}`;
}
