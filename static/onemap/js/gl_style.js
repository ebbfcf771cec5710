// What a person sets on top of the server's drawing of a layer, and the drawing of sketches.
// How layers and base map look is said in one place: the server's style (apps/onemap/tiles).

const MARK = { light: "#c01048", dark: "#ff6b92" };
const OPACITIES = {
  fill: ["fill-opacity"], line: ["line-opacity"], circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["text-opacity"], heatmap: ["heatmap-opacity"], raster: ["raster-opacity"],
};

// The parts of one layer as strong as a person wants them; opacity: 0 to 1.
export function faded(parts, opacity) {
  return parts.map((part) => {
    const paint = { ...part.paint };
    for (const name of OPACITIES[part.type]) {
      const own = paint[name] ?? 1;
      paint[name] = typeof own === "number" ? own * opacity : ["*", opacity, own];
    }
    return { ...part, paint };
  });
}

// An outside service: pictures as they come, features in one colour.
export function outsideStyle({ code, color, outside }) {
  const part = { source: code, "source-layer": "features", metadata: { layer: code } };
  if (outside.is_raster) return { layers: [{ id: `${code}/raster`, type: "raster", source: code, paint: { "raster-fade-duration": 0 } }], heat: [] };
  const [isArea, isPoint] = ["Polygon", "Point"].map((kind) => ["==", ["geometry-type"], kind]);
  return {
    layers: [
      { ...part, id: `${code}/fill`, type: "fill", filter: isArea, paint: { "fill-color": color, "fill-opacity": 0.2 } },
      { ...part, id: `${code}/line`, type: "line", filter: ["!", isPoint], paint: { "line-color": color, "line-width": 2 } },
      { ...part, id: `${code}/point`, type: "circle", filter: isPoint, paint: { "circle-color": color, "circle-radius": 5, "circle-stroke-color": "#fff", "circle-stroke-width": 1 } },
    ],
    heat: [],
  };
}

export function sketchLayers(theme) {
  const mark = MARK[theme];
  const paint = { "line-color": mark, "line-width": 2.5 };
  const isPoint = ["==", ["geometry-type"], "Point"];
  return ["sketch", "mark"].flatMap((source) => [
    { id: `${source}-fill`, type: "fill", source, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": mark, "fill-opacity": source === "sketch" ? 0.1 : 0.04 } },
    { id: `${source}-line`, type: "line", source, filter: ["!", isPoint], paint: source === "sketch" ? { ...paint, "line-dasharray": [2, 1.5] } : paint },
    { id: `${source}-point`, type: "circle", source, filter: isPoint, paint: { "circle-radius": source === "mark" ? 11 : 5, "circle-color": mark, "circle-opacity": source === "mark" ? 0 : 1, "circle-stroke-color": mark, "circle-stroke-width": source === "mark" ? 3 : 0 } },
  ]);
}
