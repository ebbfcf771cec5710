// The layer panel: switches, search, strength, heat map, legend values as a filter.

import { later } from "./dom.js";

export class LayerPanel {
  constructor(root, state, { onWhole }) {
    this.root = root;
    this.state = state;
    this.rows = [...root.querySelectorAll("[data-layer]")];
    this.search = root.querySelector("[data-layer-search]");
    this.nothing = root.querySelector("[data-layer-nothing]");
    this.search?.addEventListener("input", later(() => this.find(), 120));
    this.rows.forEach((row) => this.bind(row));
    root.querySelector("[data-layers-off]")?.addEventListener("click", () => state.allOff());
    state.addEventListener("change", () => this.refresh());
    this.onWhole = onWhole;
    this.refresh();
  }

  bind(row) {
    const { layer: code } = row.dataset;
    row.querySelector("[data-layer-on]").addEventListener("change", (event) => this.state.toggle(code, event.target.checked));
    row.querySelector("[data-layer-opacity]")?.addEventListener("input", later((event) => this.state.set(code, { opacity: Number(event.target.value) / 100 }), 60));
    row.querySelector("[data-layer-heat]")?.addEventListener("change", (event) => this.state.set(code, { heat: event.target.checked }));
    row.querySelectorAll("[data-layer-value]").forEach((button) => {
      button.addEventListener("click", () => this.state.choose(code, button.dataset.layerValue));
    });
  }

  // Names, then groups without a name that fits are hidden.
  find() {
    const words = this.search.value.trim().toLowerCase();
    for (const row of this.rows) row.hidden = !row.dataset.words.toLowerCase().includes(words);
    this.root.querySelectorAll("[data-layer-group]").forEach((group) => {
      const any = [...group.querySelectorAll("[data-layer]")].some((row) => !row.hidden);
      group.hidden = !any;
      if (words && any) group.open = true;
    });
    this.nothing.hidden = this.rows.some((row) => !row.hidden);
  }

  refresh() {
    for (const row of this.rows) {
      const code = row.dataset.layer;
      const now = this.state.on.get(code);
      row.querySelector("[data-layer-on]").checked = Boolean(now);
      row.classList.toggle("is-on", Boolean(now));
      const opacity = row.querySelector("[data-layer-opacity]");
      if (opacity && now) opacity.value = Math.round(now.opacity * 100);
      const heat = row.querySelector("[data-layer-heat]");
      if (heat) heat.checked = Boolean(now?.heat);
      const chosen = this.state.where.get(code) || [];
      row.querySelectorAll("[data-layer-value]").forEach((button) => {
        button.setAttribute("aria-pressed", String(chosen.includes(button.dataset.layerValue)));
      });
      row.classList.toggle("is-filtered", chosen.length > 0);
    }
    this.root.querySelectorAll("[data-group-count]").forEach((badge) => {
      const rows = badge.closest("[data-layer-group]").querySelectorAll("[data-layer].is-on");
      badge.textContent = rows.length || "";
    });
  }

  // Layers that are on but not drawn at this zoom say so.
  hint(zoom) {
    for (const row of this.rows) {
      const layer = this.state.known.get(row.dataset.layer);
      const hint = row.querySelector("[data-layer-hint]");
      if (hint) hint.hidden = !(this.state.on.has(layer.code) && zoom < layer.min_zoom - 0.01);
    }
  }
}
