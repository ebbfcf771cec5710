// Printing to scale: the view is drawn anew for the paper and laid on a sheet with what a map needs.

import { fill, make, metres } from "./dom.js";
import { metresPerPixel, roundLength, zoomOfScale } from "./geo.js";

const PAPER_MM = { a4: [297, 210], a3: [420, 297] };
const MARGIN_MM = 10;
const HEAD_MM = 12;
const FOOT_MM = 24;
const px = (mm) => Math.round((mm / 25.4) * 96);

export class Print {
  constructor(page) {
    this.page = page;
    this.part = page.panels.part("print");
    this.sheet = document.querySelector("[data-sheet]");
    this.form = this.part.querySelector("form");
    this.out = this.part.querySelector("[data-out]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run().catch(() => this.tell(page.words.failed));
    });
    page.panels.handle("print", { open: () => this.suggest() });
  }

  // The smallest scale offered that is not coarser than the screen.
  suggest() {
    const { center, zoom } = this.page.engine.view();
    const now = (metresPerPixel(center[1], zoom) * 96) / 0.0254;
    const scales = [...this.form.scale.options].map((option) => Number(option.value));
    const fits = scales.reduce((best, scale) => (Math.abs(Math.log(scale / now)) < Math.abs(Math.log(best / now)) ? scale : best));
    this.form.scale.value = String(fits);
  }

  size() {
    const [long, short] = PAPER_MM[this.form.paper.value];
    const [width, height] = this.form.upright.checked ? [short, long] : [long, short];
    return { width: width - 2 * MARGIN_MM, height: height - 2 * MARGIN_MM };
  }

  async run() {
    const { page } = this;
    const { width, height } = this.size();
    const scale = Number(this.form.scale.value);
    const { center } = page.engine.view();
    this.tell(page.words.drawing);
    const canvas = make("div", { class: "map-offscreen", style: { width: `${px(width)}px`, height: `${px(height - HEAD_MM - FOOT_MM)}px` } });
    document.body.append(canvas);
    const twin = await page.engine.twin(canvas, page.state.drawn(), { center, zoom: zoomOfScale(scale, center[1]), forPaper: true });
    await twin.settled();
    const picture = await twin.picture();
    twin.close();
    canvas.remove();
    await this.lay(picture, scale, { width, height });
    this.tell("");
    window.print();
  }

  async lay(picture, scale, { width, height }) {
    const { page } = this;
    const image = make("img", { src: picture, alt: page.words.mapLabel });
    await image.decode();
    this.sheet.querySelector("[data-sheet-title]").textContent = this.form.title.value.trim() || document.title;
    this.sheet.querySelector("[data-sheet-map]").replaceChildren(image);
    this.sheet.querySelector("[data-sheet-scale]").textContent = fill(page.words.scaleIs, { n: scale.toLocaleString() });
    // A bar of at most six centimetres; one metre outside is 1000 / scale millimetres on paper.
    const far = roundLength((60 * scale) / 1000);
    const bar = this.sheet.querySelector("[data-sheet-bar]");
    bar.style.width = `${(far * 1000) / scale}mm`;
    bar.textContent = metres(far, page.words);
    const legend = page.state.drawn().flatMap(({ layer }) => [{ label: layer.label, color: layer.color }, ...layer.legend.map((one) => ({ ...one, isPart: true }))]);
    this.sheet.querySelector("[data-sheet-legend]").replaceChildren(...legend.map((one) =>
      make("li", { class: one.isPart ? "is-part" : "" }, make("span", { class: "map-swatch", style: { background: one.color } }), one.label)));
    this.sheet.style.setProperty("--sheet-width", `${width}mm`);
    this.sheet.style.setProperty("--sheet-height", `${height}mm`);
    document.querySelector("[data-sheet-size]")?.remove();
    const side = this.form.upright.checked ? "portrait" : "landscape";
    document.head.append(make("style", { "data-sheet-size": true, text: `@page { size: ${this.form.paper.value} ${side}; margin: ${MARGIN_MM}mm; }` }));
  }

  tell(text) {
    this.out.textContent = text;
  }
}
