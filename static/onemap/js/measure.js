// Measuring, and questions about a drawn shape: what lies in it, near it, nearest to it.

import { fill, make, metres, squareMetres } from "./dom.js";
import { area, length } from "./geo.js";
import { showLayers } from "./detail.js";

export class Measure {
  constructor(page) {
    this.page = page;
    this.part = page.panels.part("measure");
    this.out = this.part.querySelector("[data-out]");
    this.part.querySelectorAll("[data-draw]").forEach((button) => {
      button.addEventListener("click", () => this.begin(button.dataset.draw));
    });
    this.part.querySelector("[data-clear]").addEventListener("click", () => this.clear());
    page.panels.handle("measure", { close: () => this.clear() });
  }

  begin(mode) {
    const { page } = this;
    const isArea = mode === "Polygon";
    const so = (points) => (isArea ? squareMetres(area(points), page.words) : metres(length(points), page.words));
    this.tell(page.words.drawHelp);
    page.sketch.begin(mode, {
      change: (points) => points.length > (isArea ? 2 : 1) && this.tell(so(points)),
      done: (shape) => this.exact(shape, isArea),
      cancel: () => this.tell(""),
    });
    page.engine.focus();
  }

  // The sphere of the preview is off by up to half a per cent; the server knows the ellipsoid.
  async exact(shape, isArea) {
    const { page } = this;
    try {
      const found = await page.server.post(page.urls.measure, { shape });
      const far = metres(found.length_m, page.words);
      this.tell(isArea ? fill(page.words.areaIs, { area: squareMetres(found.area_m2, page.words), outline: far }) : fill(page.words.lengthIs, { length: far }));
    } catch (error) {
      this.tell(error.message);
    }
  }

  tell(text) {
    this.out.textContent = text;
  }

  clear() {
    this.page.sketch.clear();
    this.tell("");
  }
}

export class Around {
  constructor(page) {
    this.page = page;
    this.part = page.panels.part("around");
    this.out = this.part.querySelector("[data-out]");
    this.body = this.part.querySelector("[data-found]");
    this.part.querySelectorAll("[data-draw]").forEach((button) => {
      button.addEventListener("click", () => this.begin(button.dataset.draw));
    });
    this.part.querySelector("[data-clear]").addEventListener("click", () => this.clear());
    this.part.querySelector("[data-ask-around]").addEventListener("click", () => this.ask("around"));
    this.part.querySelector("[data-ask-nearest]").addEventListener("click", () => this.ask("nearest"));
    page.panels.handle("around", { close: () => this.clear() });
  }

  begin(mode) {
    const { page } = this;
    this.shape = null;
    this.tell(page.words.drawHelp);
    page.sketch.begin(mode, {
      done: (shape) => {
        this.shape = shape;
        this.ask("around");
      },
      cancel: () => this.tell(""),
    });
    page.engine.focus();
  }

  async ask(question) {
    const { page } = this;
    const layers = page.state.codes.join(",");
    // Without a drawn shape the centre of the map is meant.
    this.shape ||= { type: "Point", coordinates: page.engine.view().center };
    if (!layers) return this.tell(page.words.noLayers);
    const distance = Number(this.part.querySelector("[name=distance]").value) || 0;
    this.tell(page.words.looking);
    try {
      const found = await page.server.post(page.urls[question], { shape: this.shape, distance, wanted: 10, layers, ...page.state.limits() });
      page.sketch.keep([this.shape, found.reach]);
      this.tell(question === "around" ? fill(page.words.aroundIs, { n: found.layers.reduce((sum, l) => sum + l.count, 0) }) : page.words.nearestIs);
      showLayers(this.body, found.layers, page, { counts: question === "around" });
    } catch (error) {
      this.tell(error.message);
      this.body.replaceChildren();
    }
    return undefined;
  }

  tell(text) {
    this.out.textContent = text;
  }

  clear() {
    this.shape = null;
    this.page.sketch.clear();
    this.page.engine.setMark([]);
    this.body.replaceChildren();
    this.tell("");
  }
}

export class Statistics {
  constructor(page) {
    this.page = page;
    this.part = page.panels.part("statistics");
    this.body = this.part.querySelector("[data-found]");
    this.select = this.part.querySelector("[name=area]");
    this.select.addEventListener("change", () => this.ask());
    page.panels.handle("statistics", { open: () => this.ask(), close: () => page.engine.setMark([]) });
    page.state.addEventListener("change", () => page.panels.current === "statistics" && this.ask());
  }

  async ask() {
    const { page } = this;
    const layers = page.state.codes.join(",");
    if (!this.select.value || !layers) {
      this.body.replaceChildren(make("p", { class: "text-secondary", text: page.words.noLayers }));
      return;
    }
    this.body.setAttribute("aria-busy", "true");
    try {
      const found = await page.server.get(page.urls.statistics, page.limits({ area: this.select.value, layers }));
      if (found.area.shape) page.engine.setMark([found.area.shape]);
      this.body.replaceChildren(...found.layers.map((layer) => this.tally(layer)));
    } catch (error) {
      this.body.replaceChildren(make("p", { class: "map-refusal", role: "alert", text: error.message }));
    }
    this.body.removeAttribute("aria-busy");
  }

  // Bars in a real table: the figures are read without the colours.
  tally(layer) {
    const head = make("h3", { class: "map-group-title" }, make("span", { class: "map-swatch", style: { background: layer.color } }), layer.label, make("span", { class: "map-count", text: String(layer.count) }));
    if (!layer.shares.length) return make("section", { class: "map-group" }, head);
    const most = Math.max(...layer.shares.map((share) => share.count));
    const rows = layer.shares.map((share) => make("tr", {},
      make("th", { scope: "row", text: share.label }),
      make("td", { class: "map-bar-cell" }, make("span", { class: "map-bar", style: { width: `${Math.max(1, (100 * share.count) / most)}%`, background: share.color } })),
      make("td", { class: "num", text: String(share.count) })));
    const table = make("table", { class: "map-bars" }, make("caption", { class: "visually-hidden", text: `${layer.label} ${layer.field}` }), make("tbody", {}, ...rows));
    return make("section", { class: "map-group" }, head, table);
  }
}
