// Two drawings of the same place under one slider: two spans of days, or two choices of layers.

export class Compare {
  constructor(page) {
    this.page = page;
    this.part = page.panels.part("compare");
    this.box = page.root.querySelector("[data-compare]");
    this.slider = this.box.querySelector("[data-compare-slider]");
    this.slider.addEventListener("input", () => this.clip());
    this.part.querySelector("[data-start]").addEventListener("click", () => this.start());
    this.part.querySelector("[data-clear]").addEventListener("click", () => this.stop());
    page.panels.handle("compare", { close: () => this.stop() });
  }

  // Left: what the map shows. Right: the chosen layer or span instead.
  items() {
    const from = this.part.querySelector("[name=from]").value;
    const to = this.part.querySelector("[name=to]").value;
    const code = this.part.querySelector("[name=layer]").value;
    const { state } = this.page;
    if (!code) return state.drawn({ from, to });
    const layer = state.known.get(code);
    return [{ layer, opacity: 1, heat: false, query: state.query(code, { from, to }).toString() }];
  }

  async start() {
    this.stop();
    const canvas = this.box.querySelector("[data-compare-canvas]");
    this.box.hidden = false;
    this.slider.value = 50;
    this.clip();
    const main = this.page.engine;
    this.twin = await main.twin(canvas, this.items());
    this.follow = () => this.twin?.map.jumpTo({ center: main.map.getCenter(), zoom: main.map.getZoom() });
    main.map.on("move", this.follow);
    this.slider.focus();
  }

  clip() {
    const at = Number(this.slider.value);
    this.box.style.setProperty("--at", `${at}%`);
  }

  stop() {
    if (!this.twin) return;
    this.page.engine.map.off("move", this.follow);
    this.twin.close();
    this.twin = null;
    this.box.hidden = true;
    this.box.querySelector("[data-compare-canvas]").replaceChildren();
  }
}
