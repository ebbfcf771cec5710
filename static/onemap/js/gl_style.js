// How layers and the base map are drawn by MapLibre GL.

const FONT = ["sans-serif"];
const OVERVIEW = ["has", "count"]; // below a zoom the server counts points per cell

export const LIGHT = {
  land: "#f3f2ee", water: "#cfe0ea", green: "#dfebd9", building: "#e6e2dc", buildingLine: "#d8d3cb",
  casing: "#dcd9d2", road: "#ffffff", border: "#8d93a3", ink: "#4a5160", halo: "#ffffff", mark: "#c01048",
};
export const DARK = {
  land: "#1a2028", water: "#14303f", green: "#1e3029", building: "#272e38", buildingLine: "#323a46",
  casing: "#12161c", road: "#384150", border: "#76809a", ink: "#c3cad8", halo: "#12161c", mark: "#ff6b92",
};

const kind = (name) => ["==", ["get", "kind"], name];
const roadWidth = (extra) => [
  "interpolate", ["exponential", 1.5], ["zoom"],
  9, ["+", extra * 0.5, ["match", ["get", "rank"], 1, 1.2, 2, 0.5, 0.2]],
  14, ["+", extra, ["match", ["get", "rank"], 1, 4, 2, 2.2, 1.2]],
  18, ["+", extra, ["match", ["get", "rank"], 1, 20, 2, 14, 8]],
];

export function baseLayers(colours) {
  const from = { source: "base-map", "source-layer": "base-map" };
  return [
    { id: "base-land", type: "background", paint: { "background-color": colours.land } },
    { id: "base-water", type: "fill", ...from, filter: kind("water"), paint: { "fill-color": colours.water } },
    { id: "base-green", type: "fill", ...from, filter: kind("green"), paint: { "fill-color": colours.green } },
    { id: "base-coast", type: "line", ...from, filter: kind("coast"), paint: { "line-color": colours.border, "line-opacity": 0.6 } },
    { id: "base-casing", type: "line", ...from, filter: kind("road"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colours.casing, "line-width": roadWidth(1.6) } },
    { id: "base-road", type: "line", ...from, filter: kind("road"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colours.road, "line-width": roadWidth(0) } },
    { id: "base-building", type: "fill", ...from, minzoom: 14, filter: kind("building"), paint: { "fill-color": colours.building, "fill-outline-color": colours.buildingLine } },
    name("base-road-name", from, kind("road"), 13, { "symbol-placement": "line", "symbol-spacing": 380 }, colours),
    name("base-place-name", from, ["match", ["get", "kind"], ["water", "green", "label"], true, false], 12, {}, colours),
  ];
}

function name(id, from, filter, minzoom, layout, colours) {
  return {
    id, type: "symbol", ...from, minzoom, filter: ["all", filter, ["!=", ["coalesce", ["get", "name"], ""], ""]],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-max-width": 8, "text-padding": 30, ...layout },
    paint: { "text-color": colours.ink, "text-halo-color": colours.halo, "text-halo-width": 1.4, "text-opacity": 0.85 },
  };
}

function colourOf(layer, field) {
  if (!layer.by || !layer.legend.length) return layer.color;
  const pairs = layer.legend.flatMap(({ value, color }) => [value, color]);
  return ["match", ["to-string", ["get", field]], ...pairs, layer.color];
}

const hovered = (yes, no) => ["case", ["boolean", ["feature-state", "hover"], false], yes, no];
const steps = (values, scale) => ["interpolate", ["linear"], ["log10", ["max", 1, ["get", "count"]]], ...values.map((v, i) => (i % 2 ? v * scale : v))];

// The drawing of one layer, lowest first. prefix: tells two drawings of the same layer apart.
export function dataLayers({ layer, opacity, heat }, colours, prefix = "") {
  const from = { source: `${prefix}${layer.code}`, "source-layer": layer.code, minzoom: layer.min_zoom };
  const id = (part) => `${prefix}${layer.code}/${part}`;
  const colour = colourOf(layer, layer.by);
  const parts = [];
  if (layer.geometry === "polygon" || layer.geometry === "mixed") {
    parts.push(
      { id: id("fill"), type: "fill", ...from, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": hovered(Math.min(1, layer.opacity + 0.06) * opacity, layer.opacity * opacity) } },
    );
  }
  if (layer.geometry !== "point") {
    parts.push({
      id: id("line"), type: "line", ...from, filter: ["!=", ["geometry-type"], "Point"],
      layout: { "line-join": "round" },
      paint: { "line-color": colour, "line-opacity": 0.85 * opacity, "line-width": hovered(layer.width + 1.5, layer.width) },
    });
  }
  if (layer.geometry === "point" || layer.geometry === "mixed") {
    parts.push(...(heat ? heatLayers(id, from, layer, opacity) : pointLayers(id, from, layer, colour, opacity, colours)));
  }
  if (layer.text && !heat) {
    parts.push({
      id: id("text"), type: "symbol", ...from, minzoom: Math.max(layer.text_zoom, layer.min_zoom),
      filter: ["!", OVERVIEW],
      layout: { "text-field": ["to-string", ["get", layer.text]], "text-font": FONT, "text-size": 12, "text-offset": layer.geometry === "point" ? [0, 1.1] : [0, 0], "text-max-width": 9, "text-padding": layer.geometry === "point" ? 2 : 80 },
      paint: { "text-color": colours.ink, "text-halo-color": colours.halo, "text-halo-width": 1.6, "text-opacity": opacity },
    });
  }
  return parts;
}

function pointLayers(id, from, layer, colour, opacity, colours) {
  const top = colourOf(layer, "top");
  return [
    {
      id: id("cell"), type: "circle", ...from, filter: OVERVIEW,
      paint: { "circle-color": top, "circle-opacity": 0.9 * opacity, "circle-radius": steps([0, 5, 0.3, 8, 1, 11, 2, 15, 4, 22, 6, 30], 1), "circle-stroke-color": colours.halo, "circle-stroke-width": hovered(2.5, 1), "circle-stroke-opacity": opacity },
    },
    {
      id: id("cell-count"), type: "symbol", ...from, filter: ["all", OVERVIEW, [">=", ["get", "count"], 2]],
      layout: { "text-field": ["to-string", ["get", "count"]], "text-font": FONT, "text-size": 11.5, "text-allow-overlap": false },
      paint: { "text-color": "#ffffff", "text-opacity": opacity },
    },
    {
      id: id("point"), type: "circle", ...from, filter: ["all", ["!", OVERVIEW], ["==", ["geometry-type"], "Point"]],
      paint: {
        "circle-color": colour, "circle-opacity": 0.9 * opacity,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, Math.max(1.5, layer.radius * 0.45), 14, layer.radius * 0.85, 18, layer.radius * 1.5],
        "circle-stroke-color": colours.halo, "circle-stroke-opacity": opacity,
        "circle-stroke-width": hovered(3, 1),
      },
    },
  ];
}

function heatLayers(id, from, layer, opacity) {
  const clear = `${layer.color}00`;
  return [{
    id: id("heat"), type: "heatmap", ...from,
    paint: {
      "heatmap-weight": ["interpolate", ["linear"], ["log10", ["max", 1, ["coalesce", ["get", "count"], 1]]], 0, 0.25, 4, 1],
      "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 16, 2.2],
      "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 10, 16, 34],
      "heatmap-opacity": 0.85 * opacity,
      "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, clear, 0.2, "#7fb3d5", 0.45, "#f6d55c", 0.7, "#ed8a3a", 1, "#b3202c"],
    },
  }];
}

export function sketchLayers(colours) {
  const paint = { "line-color": colours.mark, "line-width": 2.5 };
  const isPoint = ["==", ["geometry-type"], "Point"];
  return ["sketch", "mark"].flatMap((source) => [
    { id: `${source}-fill`, type: "fill", source, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colours.mark, "fill-opacity": source === "sketch" ? 0.1 : 0.04 } },
    { id: `${source}-line`, type: "line", source, filter: ["!", isPoint], paint: source === "sketch" ? { ...paint, "line-dasharray": [2, 1.5] } : paint },
    { id: `${source}-point`, type: "circle", source, filter: isPoint, paint: { "circle-radius": source === "mark" ? 11 : 5, "circle-color": colours.mark, "circle-opacity": source === "mark" ? 0 : 1, "circle-stroke-color": colours.mark, "circle-stroke-width": source === "mark" ? 3 : 0 } },
  ]);
}
