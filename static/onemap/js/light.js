// Where the processor draws the map for want of a graphics card, a frame costs what its pixels
// cost. So the map is drawn with a quarter of them while it moves, and whole when it rests.

const BY_PROCESSOR = /swiftshader|llvmpipe|softpipe|software|basic render/i;
const SHARE = 0.5; // of a side
const REST_MS = 350;

export function isDrawnByProcessor(canvas) {
  const context = canvas.getContext("webgl2");
  const told = context?.getExtension("WEBGL_debug_renderer_info");
  return Boolean(told) && BY_PROCESSOR.test(context.getParameter(told.UNMASKED_RENDERER_WEBGL));
}

export class Lightness {
  constructor(map, element) {
    this.map = map;
    this.isLight = false;
    this.isChanging = false; // the map tells a change of its size as a movement
    this.isPressed = false;
    // Before the map hears of it: a change of size in the middle of a drag would end the drag.
    const early = { capture: true, passive: true };
    element.addEventListener("pointerdown", () => { this.isPressed = true; this.lighten(); }, early);
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => { this.isPressed = false; this.restLater(); }, early);
    }
    element.addEventListener("wheel", () => this.lighten(), early);
    element.addEventListener("keydown", () => this.lighten(), early);
    map.on("moveend", () => this.isChanging || this.restLater());
  }

  lighten() {
    if (!this.isLight && !this.map.isMoving()) this.change(true);
    this.restLater();
  }

  restLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(), REST_MS);
  }

  // Whoever still moves it ends with another moveend, whoever presses with a pointerup.
  rest() {
    if (this.isLight && !this.isPressed && !this.map.isMoving()) this.change(false);
  }

  change(isLight) {
    this.isLight = isLight;
    this.isChanging = true;
    this.map.setPixelRatio(devicePixelRatio * (isLight ? SHARE : 1));
    this.isChanging = false;
  }
}
