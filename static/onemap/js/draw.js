// Drawing a point, a line or a polygon: with the pointer, or with the keyboard at the centre
// (Space sets a corner, Backspace takes it back, Enter ends, Escape gives up).

export class Sketch {
  constructor(engine, root) {
    this.engine = engine;
    this.root = root;
    this.points = [];
    this.mode = "";
    this.extra = [];
    engine.on("click", ({ lon, lat }) => this.mode && this.add([lon, lat]));
    engine.on("pointer", ({ lon, lat }) => {
      if (!this.mode || !this.points.length) return;
      this.pointer = [lon, lat];
      this.paint();
    });
    root.addEventListener("keydown", (event) => this.key(event), true);
  }

  get active() {
    return Boolean(this.mode);
  }

  // run: {change(points, isFinished), done(shape)}
  begin(mode, run) {
    this.clear();
    this.mode = mode;
    this.run = run;
    this.engine.clicksZoom = false;
    this.root.classList.add("is-drawing");
  }

  clear() {
    this.mode = "";
    this.points = [];
    this.pointer = null;
    this.extra = [];
    this.engine.clicksZoom = true;
    this.root.classList.remove("is-drawing");
    this.engine.setSketch([]);
  }

  add(point) {
    this.pointer = null;
    const last = this.points.at(-1);
    if (last && near(last, point)) return this.finish();
    this.points.push(point);
    if (this.mode === "Point") return this.finish();
    this.paint();
    this.run.change?.(this.points);
    return undefined;
  }

  key(event) {
    if (!this.mode || /^(INPUT|SELECT|BUTTON|TEXTAREA|A)$/.test(event.target.tagName)) return;
    const deeds = {
      " ": () => this.add(this.engine.view().center),
      Enter: () => (this.mode === "Point" ? this.add(this.engine.view().center) : this.finish()),
      Backspace: () => { this.points.pop(); this.paint(); this.run.change?.(this.points); },
      Escape: () => { this.clear(); this.run.cancel?.(); },
    };
    if (!deeds[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    deeds[event.key]();
  }

  finish() {
    const least = { Point: 1, LineString: 2, Polygon: 3 }[this.mode];
    if (this.points.length < least) return;
    const shape = shapeOf(this.mode, this.points);
    this.mode = "";
    this.pointer = null;
    this.engine.clicksZoom = true;
    this.root.classList.remove("is-drawing");
    this.keep([shape]);
    this.run.done(shape);
  }

  // Shows finished shapes until something else is drawn.
  keep(shapes) {
    this.extra = shapes;
    this.engine.setSketch(shapes.filter(Boolean).map(feature));
  }

  paint() {
    const points = this.pointer ? [...this.points, this.pointer] : this.points;
    const shapes = points.map((p) => ({ type: "Point", coordinates: p }));
    if (points.length > 1) shapes.push(shapeOf(this.mode === "Polygon" && points.length > 2 ? "Polygon" : "LineString", points));
    this.engine.setSketch([...this.extra, ...shapes].map(feature));
  }
}

const feature = (geometry) => ({ type: "Feature", properties: {}, geometry });
const near = (a, b) => Math.abs(a[0] - b[0]) < 1e-7 && Math.abs(a[1] - b[1]) < 1e-7;

export function shapeOf(mode, points) {
  if (mode === "Point") return { type: "Point", coordinates: points[0] };
  if (mode === "LineString") return { type: "LineString", coordinates: points };
  return { type: "Polygon", coordinates: [[...points, points[0]]] };
}
