// The page of the one map: brings state, engine and tools together.

import { Server } from "./ask.js";
import { Compare } from "./compare.js";
import { Detail, Near } from "./detail.js";
import { fill, later, metres } from "./dom.js";
import { Sketch } from "./draw.js";
import { openFlat } from "./flat.js";
import { metresPerPixel, roundLength } from "./geo.js";
import { isAble, openGl } from "./gl.js";
import { LayerPanel } from "./layers.js";
import { Around, Measure, Statistics } from "./measure.js";
import { Panels } from "./panels.js";
import { Print } from "./print.js";
import { Replay } from "./replay.js";
import { Share } from "./share.js";
import { State } from "./state.js";

const AROUND_CITY = 0.6; // degrees one may wander off the city

class Page {
  constructor(root) {
    this.root = root;
    this.config = JSON.parse(document.getElementById("onemap-config").textContent);
    this.words = texts(root);
    this.urls = addresses(root);
    this.server = new Server(this.words);
    this.state = new State(this.config.groups, this.config.state);
    this.panels = new Panels(root);
    this.layers = new LayerPanel(root.querySelector("[data-layers]"), this.state, {});
    this.status = root.querySelector("[data-status]");
    this.note = root.querySelector("[data-note]");
  }

  async start() {
    const canvas = this.root.querySelector("[data-canvas]");
    const [west, south, east, north] = this.config.box;
    const options = {
      words: this.words, tilesUrl: this.urls.tiles, glUrl: this.urls.gl, workerUrl: this.urls.worker,
      featuresUrl: this.urls.features, baseUrl: this.urls.base, leafletUrl: this.urls.leaflet,
      box: this.config.box, view: placeOf(location.hash) || sharedPlace(this.config.state),
      wide: this.root.clientWidth > 767,
      limit: [west - AROUND_CITY, south - AROUND_CITY, east + AROUND_CITY, north + AROUND_CITY],
    };
    this.engine = await this.open(canvas, options);
    this.root.dataset.engine = this.engine.kind;
    this.listen();
    this.sketch = new Sketch(this.engine, this.root);
    this.tools = [Detail, Near, Measure, Around, Statistics, Replay, Share];
    if (this.engine.kind === "gl") this.tools.push(Compare, Print);
    else this.root.querySelectorAll("[data-gl-only]").forEach((element) => element.remove());
    this.tools = this.tools.map((Tool) => new Tool(this));
    await this.engine.setLayers(this.state.drawn());
    this.showSources();
    this.moved();
    this.root.classList.remove("is-loading");
    this.root.dataset.ready = "yes";
  }

  async open(canvas, options) {
    if (isAble()) {
      try {
        return await openGl(canvas, options);
      } catch {
        canvas.replaceChildren();
      }
    }
    this.always = this.words.flat;
    this.tell("");
    return openFlat(canvas, options);
  }

  listen() {
    const { engine, state } = this;
    const remember = later(() => this.server.post(this.urls.choice, state.choice(), { keepalive: true }).catch(() => {}), 900);
    addEventListener("pagehide", remember.now); // who leaves at once finds the choice all the same
    state.addEventListener("change", ({ detail }) => {
      this.tell("");
      engine.setLayers(state.drawn());
      this.showSources();
      this.layers.hint(engine.view().zoom);
      // A view somebody passed on is looked at; it does not become one's own.
      if (detail === "layers" && !this.config.state.center) remember();
      this.link();
    });
    engine.on("move", () => this.moved());
    engine.on("busy", (busy) => this.root.classList.toggle("is-busy", busy));
    engine.on("error", ({ source }) => this.failed(source));
    engine.on("cut", (codes) => this.tell(codes.length ? fill(this.words.cut, { layers: codes.map((c) => state.known.get(c).label).join("、") }) : ""));
    const deeds = {
      in: () => engine.zoomBy(1), out: () => engine.zoomBy(-1),
      whole: () => engine.moveTo({ box: this.config.box }), here: () => this.here(),
    };
    this.root.querySelectorAll("[data-move]").forEach((button) => button.addEventListener("click", () => deeds[button.dataset.move]()));
  }

  // Maps of others are named, with their approval numbers, while they are shown.
  showSources() {
    const sources = this.state.drawn().flatMap(({ layer }) => layer.outside?.source ?? []);
    const line = this.root.querySelector("[data-sources]");
    line.textContent = line.title = sources.join("；");
    line.hidden = !sources.length;
  }

  moved() {
    const { center: [lon, lat], zoom } = this.engine.view();
    history.replaceState(null, "", `#${zoom.toFixed(2)}/${lat.toFixed(5)}/${lon.toFixed(5)}`);
    const each = metresPerPixel(lat, zoom);
    const far = roundLength(each * 110);
    const bar = this.root.querySelector("[data-scale]");
    bar.style.width = `${far / each}px`;
    bar.textContent = metres(far, this.words);
    this.root.querySelector("[data-zoom]").textContent = fill(this.words.zoomIs, { n: zoom.toFixed(1) });
    this.layers.hint(zoom);
    this.link();
  }

  // The table shows the same place, layers and filters.
  link() {
    const query = this.limits({ layers: this.state.codes.join(","), bbox: this.engine.box().map((v) => v.toFixed(6)).join(","), at: location.hash.slice(1) });
    this.root.querySelectorAll("[data-table-link]").forEach((link) => { link.href = `${this.urls.table}?${query}`; });
  }

  limits(values) {
    const query = new URLSearchParams(values);
    const { from, to, where } = this.state.limits();
    if (from) query.set("from", from);
    if (to) query.set("to", to);
    where.forEach((pair) => query.append("where", pair));
    return query;
  }

  here() {
    navigator.geolocation?.getCurrentPosition(
      ({ coords }) => this.engine.moveTo({ center: [coords.longitude, coords.latitude], zoom: 16 }),
      () => this.tell(this.words.noPosition), { timeout: 8000 },
    );
  }

  failed(source) {
    const layer = this.state.known.get(source);
    this.tell(layer ? fill(this.words.layerFailed, { layer: layer.label }) : this.words.failed);
  }

  tell(text) {
    const said = [text, this.always].filter(Boolean).join(" ");
    if (this.note.textContent !== said) this.note.textContent = said;
    this.note.hidden = !said;
  }

  say(text) {
    this.status.textContent = text;
  }
}

function texts(root) {
  const found = {};
  for (const [name, value] of Object.entries(root.dataset)) {
    if (name.startsWith("text")) found[name[4].toLowerCase() + name.slice(5)] = value;
  }
  return found;
}

function addresses(root) {
  const found = {};
  for (const [name, value] of Object.entries(root.dataset)) {
    if (name.startsWith("url")) found[name[3].toLowerCase() + name.slice(4)] = value;
  }
  return found;
}

// "#zoom/lat/lon"
function placeOf(hash) {
  const [zoom, lat, lon] = hash.slice(1).split("/").map(Number);
  return [zoom, lat, lon].every(Number.isFinite) && hash.split("/").length === 3 ? { zoom, center: [lon, lat] } : null;
}

function sharedPlace({ center, zoom }) {
  return center ? { center, zoom } : null;
}

const root = document.querySelector("[data-onemap]");
if (root) {
  const page = new Page(root);
  root.onemap = page;
  page.start().catch((error) => {
    root.classList.remove("is-loading");
    root.dataset.ready = "failed";
    page.tell(page.words.failed);
    throw error;
  });
}
