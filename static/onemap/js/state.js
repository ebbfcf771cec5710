// What the map shows: layers with their strength, days, filters. Everything else listens to it.

export class State extends EventTarget {
  constructor(groups, kept) {
    super();
    this.known = new Map(groups.flatMap((group) => group.layers).map((layer) => [layer.code, layer]));
    this.on = new Map();
    for (const { code, opacity = 1, heat = false } of kept.layers || []) {
      if (this.known.has(code)) this.on.set(code, { opacity, heat });
    }
    this.where = new Map(Object.entries(kept.where || {}).filter(([code]) => this.known.has(code)));
    this.from = kept.from || "";
    this.to = kept.to || "";
  }

  // The layers of ours that are on: what the server can be asked about.
  get codes() {
    return [...this.on.keys()].filter((code) => !this.known.get(code).outside);
  }

  allOff() {
    this.on.clear();
    this.changed("layers");
  }

  changed(what) {
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }

  toggle(code, isOn) {
    if (isOn) this.on.set(code, this.on.get(code) || { opacity: 1, heat: false });
    else this.on.delete(code);
    this.changed("layers");
  }

  set(code, values) {
    if (!this.on.has(code)) return;
    Object.assign(this.on.get(code), values);
    this.changed("layers");
  }

  // Adds this value of the layer's leading field to those shown, or takes it away; none: all.
  choose(code, pair) {
    const now = this.where.get(code) || [];
    const next = now.includes(pair) ? now.filter((each) => each !== pair) : [...now, pair];
    if (next.length) this.where.set(code, next);
    else this.where.delete(code);
    this.changed("where");
  }

  setDays(from, to) {
    if (this.from === from && this.to === to) return;
    this.from = from;
    this.to = to;
    this.changed("days");
  }

  // The limits of one layer as a query; days only where the layer has a time.
  query(code, { from = this.from, to = this.to } = {}) {
    const query = new URLSearchParams();
    if (this.known.get(code)?.has_time) {
      if (from) query.set("from", from);
      if (to) query.set("to", to);
    }
    for (const pair of this.where.get(code) || []) query.append("where", pair);
    return query;
  }

  // The limits of all layers that are on; a filter names its layer: "layer/field:value".
  limits() {
    const where = this.codes.flatMap((code) => (this.where.get(code) || []).map((pair) => `${code}/${pair}`));
    return { from: this.from, to: this.to, where };
  }

  // What an engine draws, lowest first.
  drawn(days = {}) {
    return [...this.known.values()]
      .filter((layer) => this.on.has(layer.code))
      .map((layer) => ({ layer, ...this.on.get(layer.code), query: this.query(layer.code, days).toString() }))
      .sort((a, b) => rank(a.layer) - rank(b.layer));
  }

  choice() {
    return { layers: [...this.on].map(([code, values]) => ({ code, ...values })) };
  }

  view(place) {
    return { ...this.choice(), ...place, from: this.from, to: this.to, where: Object.fromEntries(this.where) };
  }
}

// Pictures of others lie below, whole base maps lowest; their features among ours.
const rank = (layer) => (layer.outside?.is_raster ? (layer.outside.is_base ? -2 : -1) : shapeRank(layer));
const shapeRank = (layer) => ({ polygon: 0, mixed: 1, line: 2, point: 3 })[layer.geometry] ?? 1;
