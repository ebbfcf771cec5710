// The time slider: a window of days that can be moved and played.

import { fill } from "./dom.js";

const DAY_MS = 86400000;
const STEP_MS = 1400;

export class Replay {
  constructor(page) {
    this.page = page;
    this.part = page.panels.part("time");
    this.slider = this.part.querySelector("[name=day]");
    this.width = this.part.querySelector("[name=width]");
    this.span = this.part.querySelector("[name=span]");
    this.play = this.part.querySelector("[data-play]");
    this.out = this.part.querySelector("[data-out]");
    this.slider.addEventListener("input", () => this.show());
    this.width.addEventListener("change", () => this.show());
    this.span.addEventListener("change", () => this.reach());
    this.play.addEventListener("click", () => this.toggle());
    this.part.querySelector("[data-clear]").addEventListener("click", () => this.clear());
    page.panels.handle("time", { open: () => this.reach(), close: () => this.stop() });
    this.tell();
  }

  reach() {
    const days = Number(this.span.value);
    this.slider.max = days;
    this.slider.value = days;
    this.show();
  }

  // The window ends on the chosen day and is `width` days wide.
  show() {
    const end = new Date(Date.parse(this.page.config.today) - (Number(this.slider.max) - Number(this.slider.value)) * DAY_MS);
    const start = new Date(end - (Number(this.width.value) - 1) * DAY_MS);
    this.page.state.setDays(iso(start), iso(end));
    this.tell();
  }

  tell() {
    const { from, to } = this.page.state;
    const words = this.page.words;
    this.out.textContent = from || to ? fill(words.daysAre, { from: from || "…", to: to || "…" }) : words.allDays;
    this.slider.setAttribute("aria-valuetext", this.out.textContent);
    const timed = this.page.state.codes.some((code) => this.page.state.known.get(code).has_time);
    this.part.querySelector("[data-no-time]").hidden = timed;
  }

  toggle() {
    if (this.timer) return this.stop();
    if (Number(this.slider.value) >= Number(this.slider.max)) this.slider.value = Math.min(Number(this.width.value), Number(this.slider.max));
    this.play.setAttribute("aria-pressed", "true");
    this.show();
    this.timer = setInterval(() => {
      if (Number(this.slider.value) >= Number(this.slider.max)) return this.stop();
      this.slider.value = Number(this.slider.value) + Math.max(1, Math.floor(Number(this.width.value) / 2));
      return this.show();
    }, STEP_MS);
    return undefined;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.play.setAttribute("aria-pressed", "false");
  }

  clear() {
    this.stop();
    this.page.state.setDays("", "");
    this.tell();
  }
}

const iso = (day) => day.toISOString().slice(0, 10);
