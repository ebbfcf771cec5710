/* Lines, zones, a gauge and a scale drawn on a camera's standard picture.

Everything that can be dragged can be typed: each point has two number fields, and each handle
moves by the arrow keys. What is drawn goes into the hidden field "drawing" as shares of the
picture; the server checks it again. */

const root = document.getElementById("drawing");
const field = document.querySelector("input[name=drawing]");
const camera = document.querySelector("[name=camera]");
const algorithm = document.querySelector("[name=algorithm]");
const needs = JSON.parse(document.getElementById("drawing-needs").textContent);
const svg = root.querySelector("svg");
const picture = root.querySelector("img");
const note = root.querySelector(".drawing-note");
const fields = root.querySelector(".drawing-fields");
const words = root.dataset;
const WIDTH = 1000;
const HEIGHT = 562;

const drawing = Object.assign({ lines: [], zones: [] }, parse(field.value));

function parse(text) {
  try {
    return JSON.parse(text) || {};
  } catch {
    return {};
  }
}

function bounded(value) {
  return Math.min(1, Math.max(0, Math.round(value * 10000) / 10000));
}

/* Every shape as a list of points that can be set. */
function shapes() {
  const found = [];
  drawing.lines.forEach((line, n) => found.push({
    kind: "line", name: line.name || `${words.line} ${n + 1}`, model: line,
    points: [line.a, line.b], drop: () => drawing.lines.splice(n, 1),
  }));
  drawing.zones.forEach((zone, n) => found.push({
    kind: "zone", name: zone.name || `${words.zone} ${n + 1}`, model: zone,
    points: zone.points, drop: () => drawing.zones.splice(n, 1),
  }));
  if (drawing.gauge) {
    found.push({
      kind: "gauge", name: words.gauge, model: drawing.gauge,
      points: [drawing.gauge.top, drawing.gauge.bottom], drop: () => delete drawing.gauge,
    });
  }
  return found;
}

function turn(p, q, r) {
  return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
}

function crossesItself(points) {
  const count = points.length;
  for (let one = 0; one < count; one += 1) {
    for (let other = one + 2; other < count; other += 1) {
      if (one === 0 && other === count - 1) continue;
      const [a, b] = [points[one], points[(one + 1) % count]];
      const [c, d] = [points[other], points[(other + 1) % count]];
      if (turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0) return true;
    }
  }
  return false;
}

function element(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

function draw() {
  const held = document.activeElement?.dataset?.handle;
  svg.replaceChildren();
  shapes().forEach((shape, number) => {
    const corners = shape.points.map(([x, y]) => `${x * WIDTH},${y * HEIGHT}`).join(" ");
    const wrong = shape.kind === "zone" && crossesItself(shape.points);
    const kind = shape.kind === "zone" ? "polygon" : "polyline";
    svg.append(element(kind, { points: corners, class: wrong ? "shape wrong" : "shape" }));
    const [x, y] = shape.points[0];
    const label = element("text", { x: x * WIDTH + 12, y: Math.max(24, y * HEIGHT - 10) });
    label.textContent = wrong ? `${shape.name}：${words.crossing}` : shape.name;
    svg.append(label);
    shape.points.forEach((point, index) => handle(shape, number, point, index));
  });
  field.value = JSON.stringify(drawing);
  if (held) svg.querySelector(`[data-handle="${held}"]`)?.focus();
}

function handle(shape, number, point, index) {
  const dot = element("circle", {
    cx: point[0] * WIDTH, cy: point[1] * HEIGHT, r: 10, class: "handle", tabindex: 0,
    role: "button", "aria-label": `${shape.name} ${words.point} ${index + 1}`,
    "data-handle": `${number}-${index}`,
  });
  dot.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const frame = svg.getBoundingClientRect();
    const move = (moved) => {
      point[0] = bounded((moved.clientX - frame.left) / frame.width);
      point[1] = bounded((moved.clientY - frame.top) / frame.height);
      draw();
    };
    const stop = () => {
      window.removeEventListener("pointermove", move);
      list();
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop, { once: true });
  });
  dot.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.05 : 0.01;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    point[0] = bounded(point[0] + way[0] * step);
    point[1] = bounded(point[1] + way[1] * step);
    draw();
    list();
  });
  svg.append(dot);
}

function input(parent, label, value, change, attributes) {
  const made = document.createElement("label");
  const box = document.createElement("input");
  Object.assign(box, { type: "number", step: "any", className: "form-control", value }, attributes);
  box.addEventListener("input", () => { change(box); draw(); });
  made.append(label, " ", box);
  parent.append(made);
}

function button(parent, label, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "btn btn-sm", textContent: label });
  made.addEventListener("click", () => { act(); draw(); list(); });
  parent.append(made);
}

/* The same by numbers: for the keyboard, and for who has the figures. */
function list() {
  fields.replaceChildren();
  shapes().forEach((shape) => {
    const set = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.className = "h5";
    legend.textContent = shape.name;
    set.append(legend);
    const points = document.createElement("div");
    points.className = "points";
    if (shape.kind !== "gauge") {
      input(points, words.name, "", (box) => { shape.model.name = box.value; },
        { type: "text", maxLength: 40, value: shape.model.name || "" });
    }
    shape.points.forEach((point, index) => {
      const name = shape.kind === "gauge" ? [words.top, words.bottom][index] : `${words.point} ${index + 1}`;
      [0, 1].forEach((axis) => input(points, `${name} ${"xy"[axis]} %`,
        Math.round(point[axis] * 1000) / 10,
        (box) => { point[axis] = bounded(Number(box.value) / 100); }, { min: 0, max: 100 }));
    });
    if (shape.kind === "gauge") {
      [["top_value", words.top], ["bottom_value", words.bottom]].forEach(([key, label]) =>
        input(points, `${label} ${words.value}`, drawing.gauge[key],
          (box) => { drawing.gauge[key] = Number(box.value); }, {}));
    }
    set.append(points);
    const acts = document.createElement("div");
    acts.className = "cluster";
    if (shape.kind === "zone") {
      button(acts, `${words.addPoint}（${shape.name}）`, () => {
        const [first, last] = [shape.points[0], shape.points[shape.points.length - 1]];
        shape.points.push([bounded((first[0] + last[0]) / 2 - 0.05), bounded((first[1] + last[1]) / 2)]);
      });
    }
    button(acts, `${words.remove} ${shape.name}`, shape.drop);
    set.append(acts);
    fields.append(set);
  });
  if (drawing.scale) scaleFields();
}

function scaleFields() {
  const set = document.createElement("fieldset");
  [["near", words.near], ["far", words.far]].forEach(([key, label]) =>
    input(set, label, drawing.scale[key],
      (box) => { drawing.scale[key] = Number(box.value); }, { min: 0.01, max: 1 }));
  button(set, words.remove, () => { delete drawing.scale; });
  fields.append(set);
}

const BEGIN = {
  line: () => drawing.lines.push({ name: "", a: [0.5, 0.1], b: [0.5, 0.9] }),
  zone: () => drawing.zones.push({ name: "", points: [[0.3, 0.4], [0.7, 0.4], [0.7, 0.8], [0.3, 0.8]] }),
  gauge: () => { drawing.gauge = { top: [0.5, 0.1], bottom: [0.5, 0.9], top_value: 4, bottom_value: 0, width: 0.03 }; },
  scale: () => { drawing.scale = { near: 0.3, far: 0.1 }; },
};

root.querySelectorAll("[data-add]").forEach((made) =>
  made.addEventListener("click", () => { BEGIN[made.dataset.add](); draw(); list(); }));

/* What the algorithm needs is there from the start. */
function begin() {
  const kind = { lines: "line", zones: "zone", gauge: "gauge" }[needs[algorithm.value]];
  const has = { line: drawing.lines.length, zone: drawing.zones.length, gauge: drawing.gauge };
  if (kind && !has[kind]) {
    BEGIN[kind]();
    draw();
    list();
  }
}

function show() {
  note.textContent = "";
  picture.hidden = true;
  if (!camera.value) return;
  picture.onload = () => { picture.hidden = false; };
  picture.onerror = () => { note.textContent = words.noPicture; };
  picture.src = words.picture.replace("CODE", camera.value);
}

camera.addEventListener("change", show);
algorithm.addEventListener("change", begin);
draw();
list();
show();
