/** The map of the own cells, drawn on a canvas from the day pack; no tiles, no network. */
(function (self) {
  "use strict";

  const { make, icon, say, section } = self.phone;
  const METRES_PER_DEGREE = 111195;
  const NEAREST = 4; // pixels per metre
  const FURTHEST = 0.02;
  const STYLES = {
    water: { fill: "#bcd6e6" }, green: { fill: "#d3e6c8" }, building: { fill: "#dcd7cd", line: "#b9b2a4" },
    road: { line: "#ffffff", width: 7 }, coast: { line: "#6b8797", width: 2 },
  };
  const ORDER = ["water", "green", "coast", "building", "road"];

  class Ground {
    constructor(canvas) {
      this.canvas = canvas;
      this.scale = 0.5;
      this.center = { lon: 0, lat: 0 };
      this.ground = [];
      this.cells = [];
      this.points = [];
      this.own = null;
      this.listen();
    }

    async load() {
      const ground = await section("ground");
      const cells = await section("cells");
      this.ground = ground ? ground.features : [];
      this.cells = cells ? cells.features.filter((cell) => cell.geometry) : [];
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      for (const cell of this.cells) eachRing(cell.geometry, (ring) => ring.forEach(([lon, lat]) => {
        box[0] = Math.min(box[0], lon); box[1] = Math.min(box[1], lat);
        box[2] = Math.max(box[2], lon); box[3] = Math.max(box[3], lat);
      }));
      if (box[0] < box[2]) {
        this.center = { lon: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2 };
        const wide = (box[2] - box[0]) * METRES_PER_DEGREE * this.squeeze();
        const high = (box[3] - box[1]) * METRES_PER_DEGREE;
        this.scale = 0.9 * Math.min(this.canvas.clientWidth / wide, this.canvas.clientHeight / high);
      }
      this.draw();
    }

    squeeze() { return Math.cos((this.center.lat * Math.PI) / 180); }

    pixel([lon, lat]) {
      const metre = METRES_PER_DEGREE * this.scale;
      return [
        this.canvas.clientWidth / 2 + (lon - this.center.lon) * metre * this.squeeze(),
        this.canvas.clientHeight / 2 - (lat - this.center.lat) * metre,
      ];
    }

    move(dx, dy) {
      const metre = METRES_PER_DEGREE * this.scale;
      this.center = {
        lon: this.center.lon - dx / (metre * this.squeeze()), lat: this.center.lat + dy / metre };
      this.draw();
    }

    zoom(factor) {
      this.scale = Math.min(NEAREST, Math.max(FURTHEST, this.scale * factor));
      this.draw();
    }

    goTo(at) {
      this.center = { lon: at.lon, lat: at.lat };
      this.scale = Math.max(this.scale, 1);
      this.draw();
    }

    listen() {
      const touches = new Map();
      let apart = 0;
      this.canvas.addEventListener("pointerdown", (event) => {
        touches.set(event.pointerId, [event.clientX, event.clientY]);
        this.canvas.setPointerCapture(event.pointerId);
      });
      this.canvas.addEventListener("pointermove", (event) => {
        const before = touches.get(event.pointerId);
        if (!before) return;
        touches.set(event.pointerId, [event.clientX, event.clientY]);
        if (touches.size === 1) this.move(event.clientX - before[0], event.clientY - before[1]);
        else {
          const [a, b] = [...touches.values()];
          const now = Math.hypot(a[0] - b[0], a[1] - b[1]);
          if (apart) this.zoom(now / apart);
          apart = now;
        }
      });
      const end = (event) => { touches.delete(event.pointerId); apart = 0; };
      this.canvas.addEventListener("pointerup", end);
      this.canvas.addEventListener("pointercancel", end);
      this.canvas.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? 1.25 : 0.8);
      }, { passive: false });
      this.canvas.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
        if (step) { event.preventDefault(); this.move(...step); }
        if (event.key === "+") this.zoom(1.25);
        if (event.key === "-") this.zoom(0.8);
      });
    }

    draw() {
      const ratio = self.devicePixelRatio || 1;
      const { clientWidth: wide, clientHeight: high } = this.canvas;
      this.canvas.width = wide * ratio;
      this.canvas.height = high * ratio;
      const pen = this.canvas.getContext("2d");
      pen.scale(ratio, ratio);
      pen.fillStyle = "#efece4";
      pen.fillRect(0, 0, wide, high);
      for (const kind of ORDER) {
        for (const feature of this.ground) {
          if (feature.properties.kind === kind) this.shape(pen, feature, STYLES[kind]);
        }
      }
      for (const cell of this.cells) {
        this.path(pen, cell.geometry);
        pen.strokeStyle = "#0b6b82";
        pen.lineWidth = 3;
        pen.stroke();
      }
      for (const point of this.points) this.dot(pen, point, point.colour, 8, point.mark);
      if (this.own) this.dot(pen, this.own, "#1f6fc5", 7);
    }

    shape(pen, feature, style) {
      this.path(pen, feature.geometry);
      if (style.fill) { pen.fillStyle = style.fill; pen.fill("evenodd"); }
      if (style.line) {
        pen.strokeStyle = style.line;
        const rank = feature.properties.rank || 3;
        pen.lineWidth = style.width ? Math.max(1, (style.width - rank) * Math.max(0.4, this.scale)) : 1;
        pen.stroke();
      }
    }

    path(pen, geometry) {
      pen.beginPath();
      eachRing(geometry, (ring) => ring.forEach((position, index) => {
        const [x, y] = this.pixel(position);
        if (index) pen.lineTo(x, y);
        else pen.moveTo(x, y);
      }));
    }

    dot(pen, at, colour, radius, mark) {
      const [x, y] = this.pixel([at.lon, at.lat]);
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.fillStyle = colour;
      pen.fill();
      pen.lineWidth = 2;
      pen.strokeStyle = "#ffffff";
      pen.stroke();
      if (mark) {
        pen.fillStyle = "#1b2a32";
        pen.font = "12px sans-serif";
        pen.fillText(mark, x + radius + 3, y + 4);
      }
    }
  }

  function eachRing(geometry, visit) {
    const { type, coordinates } = geometry;
    if (type === "Polygon" || type === "MultiLineString") coordinates.forEach(visit);
    else if (type === "MultiPolygon") coordinates.forEach((polygon) => polygon.forEach(visit));
    else if (type === "LineString") visit(coordinates);
  }

  /** Will open the map under a form's place line; the cross in its middle is the place. */
  async function pickOnMap(box, start, done) {
    if (box.querySelector(".pick")) return;
    const canvas = make("canvas", { class: "ground", tabindex: "0", "aria-label": say("mapPick") });
    const take = make("button", { type: "button", class: "button primary" }, icon("check"), say("mapTake"));
    const stop = make("button", { type: "button", class: "button" }, say("cancel"));
    const frame = make("div", { class: "ground-frame" }, canvas, make("span", { class: "cross", "aria-hidden": "true" }));
    const pick = make("div", { class: "pick" }, make("p", {}, say("mapHow")), frame, make("div", { class: "row" }, stop, take));
    box.append(pick);
    const ground = new Ground(canvas);
    await ground.load();
    if (start) ground.goTo(start);
    stop.addEventListener("click", () => pick.remove());
    take.addEventListener("click", () => { done(ground.center); pick.remove(); });
    pick.scrollIntoView({ block: "center" });
    canvas.focus({ preventScroll: true });
  }

  Object.assign(self.phone, { Ground, pickOnMap });
})(self);
