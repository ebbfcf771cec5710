// What lies under a click (or under the cross, with Enter), and what is near the centre.

import { card, fill, later, line, make } from "./dom.js";

export class Detail {
  constructor(page) {
    this.page = page;
    this.body = page.panels.part("detail").querySelector("[data-detail]");
    page.engine.on("click", (place) => !page.sketch.active && this.ask(place));
    page.root.querySelector("[data-canvas]").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || page.sketch.active) return;
      event.preventDefault();
      const [lon, lat] = page.engine.view().center;
      this.ask({ lon, lat });
    });
    page.panels.handle("detail", { close: () => page.engine.setMark([]) });
  }

  // outside: features of others under the pointer; only the browser knows them.
  async ask({ lon, lat, outside = [] }) {
    const { page } = this;
    this.request?.abort();
    this.request = new AbortController();
    const { zoom } = page.engine.view();
    const query = page.limits({ lon: lon.toFixed(7), lat: lat.toFixed(7), zoom: zoom.toFixed(2), layers: page.state.codes.join(",") });
    page.panels.open("detail");
    this.body.replaceChildren(make("p", { class: "text-secondary", text: page.words.looking }));
    try {
      const { features } = await page.server.get(page.urls.identify, query, { signal: this.request.signal });
      this.show([...features, ...outside.map(asTold)]);
    } catch (error) {
      if (error.name !== "AbortError") this.body.replaceChildren(make("p", { class: "map-refusal", role: "alert", text: error.message }));
    }
  }

  show(features) {
    const { page } = this;
    page.engine.setMark(features.slice(0, 1).map((one) => one.shape).filter(Boolean));
    if (!features.length) {
      this.body.replaceChildren(make("p", { class: "text-secondary", text: page.words.nothingHere }));
      page.say(page.words.nothingHere);
      return;
    }
    const onShow = (told) => page.engine.setMark([told.shape]);
    this.body.replaceChildren(...features.map((one) => card(one, page.words, { onShow: features.length > 1 ? onShow : undefined })));
    page.say(fill(page.words.found, { n: features.length, title: features[0].title }));
  }
}

function asTold({ layer, properties }) {
  const values = Object.entries(properties).map(([name, value]) => [name, String(value)]);
  const title = properties.name || properties.title || values[0]?.[1] || layer.label;
  return { layer_label: layer.label, title, values };
}

// A list of what is near the centre: the map in words, kept up with the arrow keys.
export class Near {
  constructor(page) {
    this.page = page;
    this.body = page.panels.part("near").querySelector("[data-near]");
    page.panels.handle("near", { open: () => this.ask() });
    page.engine.on("move", later(() => page.panels.current === "near" && this.ask(), 700));
  }

  async ask() {
    const { page } = this;
    const layers = page.state.codes.join(",");
    if (!layers) {
      this.body.replaceChildren(make("p", { class: "text-secondary", text: page.words.noLayers }));
      return;
    }
    const shape = { type: "Point", coordinates: page.engine.view().center };
    try {
      const found = await page.server.post(page.urls.nearest, { shape, wanted: 5, layers, ...page.state.limits() });
      showLayers(this.body, found.layers, page);
      const told = found.layers.flatMap((layer) => layer.nearest);
      page.say(told.length ? fill(page.words.found, { n: told.length, title: told[0].title }) : page.words.nothingHere);
    } catch (error) {
      this.body.replaceChildren(make("p", { class: "map-refusal", role: "alert", text: error.message }));
    }
  }
}

// Counts and lists per layer, as around and nearest answer them.
export function showLayers(body, layers, page, { counts = false } = {}) {
  const onShow = (told) => {
    if (!told.shape) return;
    page.engine.setMark([told.shape]);
    page.engine.moveTo(told.shape.type === "Point" ? { center: told.shape.coordinates, zoom: Math.max(page.engine.view().zoom, 15) } : { shape: told.shape });
  };
  body.replaceChildren(...layers.map((layer) => {
    const head = make("h3", { class: "map-group-title" }, make("span", { class: "map-swatch", style: { background: layer.color } }), layer.label);
    if (counts) head.append(make("span", { class: "map-count", text: String(layer.count) }));
    const rest = layer.count - layer.nearest.length;
    const list = make("ol", { class: "map-lines" }, ...layer.nearest.map((told) => line(told, page.words, onShow)));
    const parts = [head, layer.nearest.length ? list : make("p", { class: "text-secondary", text: page.words.nothingHere })];
    if (rest > 0) parts.push(make("p", { class: "text-secondary", text: fill(page.words.more, { n: rest }) }));
    return make("section", { class: "map-group" }, ...parts);
  }));
}
