// The side panel: one tool at a time, opened by its button, closed with Escape.

export class Panels {
  constructor(root) {
    this.root = root;
    this.side = root.querySelector("[data-side]");
    this.title = this.side.querySelector("[data-side-title]");
    this.parts = [...this.side.querySelectorAll("[data-part]")];
    this.buttons = [...root.querySelectorAll("[data-tool]")];
    this.handlers = {};
    this.current = "";
    this.buttons.forEach((button) => button.addEventListener("click", () => this.toggle(button.dataset.tool, button)));
    this.side.querySelector("[data-side-close]").addEventListener("click", () => this.close());
    this.side.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    const layers = root.querySelector("[data-layers]");
    root.querySelectorAll("[data-layers-toggle]").forEach((button) => {
      button.addEventListener("click", () => this.showLayers(layers.hidden));
    });
    this.showLayers(!matchMedia("(max-width: 767px)").matches, { quiet: true });
  }

  showLayers(open, { quiet = false } = {}) {
    const layers = this.root.querySelector("[data-layers]");
    layers.hidden = !open;
    this.root.classList.toggle("has-layers", open);
    this.root.querySelectorAll("[data-layers-toggle]").forEach((b) => b.setAttribute("aria-expanded", String(open)));
    if (quiet) return;
    if (open && matchMedia("(max-width: 767px)").matches) this.close();
    (open ? layers.querySelector("input, button") : this.root.querySelector(".onemap-tools [data-layers-toggle]"))?.focus();
  }

  // handler: {open(), close()} of one tool.
  handle(name, handler) {
    this.handlers[name] = handler;
  }

  toggle(name, button) {
    if (this.current === name) this.close();
    else this.open(name, button);
  }

  open(name, opener = null) {
    if (this.current && this.current !== name) this.handlers[this.current]?.close?.();
    const part = this.parts.find((element) => element.dataset.part === name);
    const fresh = this.current !== name;
    this.current = name;
    this.parts.forEach((element) => { element.hidden = element !== part; });
    this.title.textContent = part.dataset.title;
    this.side.hidden = false;
    this.root.classList.add("has-side");
    if (matchMedia("(max-width: 767px)").matches) this.showLayers(false, { quiet: true });
    this.mark();
    if (fresh) this.handlers[name]?.open?.();
    if (opener) {
      this.opener = opener;
      this.title.focus();
    }
  }

  close() {
    if (!this.current) return;
    this.handlers[this.current]?.close?.();
    this.current = "";
    this.side.hidden = true;
    this.root.classList.remove("has-side");
    this.mark();
    this.opener?.focus();
    this.opener = null;
  }

  mark() {
    this.buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.tool === this.current)));
  }

  part(name) {
    return this.parts.find((element) => element.dataset.part === name);
  }
}
