// Geometry on the globe, good enough to follow the pointer; the server measures exactly.

const RADIUS_M = 6371008.8;
const rad = (degrees) => (degrees * Math.PI) / 180;
const METRES_PER_PIXEL = 78271.51696; // at the equator, zoom 0, tiles of 512 pixels

export function distance([lon1, lat1], [lon2, lat2]) {
  const h = Math.sin(rad(lat2 - lat1) / 2) ** 2
    + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.sqrt(h));
}

export function length(points) {
  return points.slice(1).reduce((sum, point, index) => sum + distance(points[index], point), 0);
}

export function area(points) {
  let sum = 0;
  points.forEach(([lon, lat], index) => {
    const [nextLon, nextLat] = points[(index + 1) % points.length];
    sum += rad(nextLon - lon) * (2 + Math.sin(rad(lat)) + Math.sin(rad(nextLat)));
  });
  return Math.abs((sum * RADIUS_M * RADIUS_M) / 2);
}

export function metresPerPixel(lat, zoom) {
  return (METRES_PER_PIXEL * Math.cos(rad(lat))) / 2 ** zoom;
}

// The zoom at which one centimetre on paper is `scale` centimetres outside (96 pixels an inch).
export function zoomOfScale(scale, lat) {
  return Math.log2((METRES_PER_PIXEL * Math.cos(rad(lat))) / ((scale * 0.0254) / 96));
}

export function boxOf(shape) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part) => {
    if (typeof part[0] === "number") {
      box[0] = Math.min(box[0], part[0]);
      box[1] = Math.min(box[1], part[1]);
      box[2] = Math.max(box[2], part[0]);
      box[3] = Math.max(box[3], part[1]);
    } else part.forEach(walk);
  };
  walk(shape.coordinates);
  return box;
}

// A round length for a scale bar not longer than `most` metres.
export function roundLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((n) => n * power).find((n) => n <= most) || power;
}
