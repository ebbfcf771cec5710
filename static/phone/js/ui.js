/** What every screen does alike: words, elements, the frame, forms that keep each keystroke. */
(function (self) {
  "use strict";

  const { store } = self.phone;
  const config = JSON.parse(document.getElementById("config").textContent);
  const words = JSON.parse(document.getElementById("words").textContent);

  function say(name, values) {
    return Object.entries(values || {}).reduce(
      (text, [key, value]) => text.split(`{${key}}`).join(String(value)), words[name] || name);
  }

  /** Will say why nothing is sent just now. */
  function sayWhy(why) {
    return words[`net_${why}`] || words.net_other;
  }

  /** Will make an element: make("p", {class: "x"}, "text", child). */
  function make(tag, attributes, ...children) {
    const found = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) found.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) found.setAttribute(name, value);
    }
    found.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return found;
  }

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${config.sprite}#tabler-${name}`);
    svg.append(use);
    return svg;
  }

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }

  function clockText(moment) {
    const at = new Date(moment);
    const two = (n) => String(n).padStart(2, "0");
    return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
  }

  function metresApart(a, b) {
    const rad = Math.PI / 180;
    const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad);
    const y = (b.lat - a.lat) * rad;
    return Math.sqrt(x * x + y * y) * 6371008.8;
  }

  function toast(text, level) {
    const area = document.getElementById("toasts");
    const note = make("p", { class: `toast-note ${level || ""}` }, text);
    area.append(note);
    setTimeout(() => note.remove(), 6000);
  }

  async function section(name) {
    const worker = await store.meta("worker");
    if (!worker) return null;
    const row = await store.get("pack", [worker.id, name]);
    return row ? row.data : null;
  }

  /** Will fill a list, or say that there is nothing. */
  function list(element, items, row, nothing) {
    element.replaceChildren(...(items.length
      ? items.map(row) : [make("li", { class: "nothing" }, nothing)]));
  }

  /** Will put a deed in the outbox; `more`: values, place, files and the like. */
  async function enqueue(kind, more, screen) {
    const worker = await store.meta("worker");
    if (!worker) throw new Error("nobody");
    const deed = {
      key: more.key || uuid(), worker: worker.id, kind, made: Date.now(),
      at: more.at || new Date().toISOString(), place: more.place || null, values: more.values || {},
      files: more.files || [], form_version: more.form_version === undefined ? null : more.form_version,
      base_version: more.base_version === undefined ? null : more.base_version,
      label: more.label || "", screen, address: location.search, state: "waiting", receipt: null,
    };
    await store.enqueue(deed, screen);
    self.phone.wake();
    return deed;
  }

  function valuesOf(form) {
    const found = {};
    for (const field of form.elements) {
      if (!field.name || field.type === "file" || field.disabled || field.closest("[hidden]")) continue;
      if (field.type === "checkbox" && field.dataset.many !== undefined) {
        found[field.name] = found[field.name] || [];
        if (field.checked) found[field.name].push(field.value);
      } else if (field.type === "checkbox") found[field.name] = field.checked;
      else if (field.type === "radio") {
        if (field.checked) found[field.name] = field.value;
      } else if (field.type === "number") {
        if (field.value !== "") found[field.name] = Number(field.value);
      } else found[field.name] = field.value;
    }
    return found;
  }

  function fillIn(form, values) {
    for (const field of form.elements) {
      if (!field.name || field.type === "file" || !(field.name in values)) continue;
      const value = values[field.name];
      if (field.type === "checkbox" && field.dataset.many !== undefined) {
        field.checked = Array.isArray(value) && value.includes(field.value);
      } else if (field.type === "checkbox") field.checked = value === true;
      else if (field.type === "radio") field.checked = String(value) === field.value;
      else field.value = value;
    }
  }

  /**
   * Will look after a form: every change is on the disk within a moment, a draft comes back, a
   * sending puts the deed into the outbox and the draft away in one step.
   *
   * options.kind; screen; values(raw): what is sent; label(values); place: "wanted", "needed" or "";
   * photos: the least number; extra(): form_version and base_version; restored(values).
   */
  async function keepForm(form, options) {
    const worker = (await store.meta("worker")) || (await self.phone.whoWorks());
    if (!worker) return null;
    const screen = `${options.screen}${location.search}`;
    const camera = form.querySelector("[data-photos]") ? self.phone.camera(form) : null;
    const spot = form.querySelector("[data-place]") ? self.phone.spot(form) : null;
    const draft = await store.get("drafts", [worker.id, screen]);
    const key = draft ? draft.key : uuid();
    const did = draft ? draft.did : undefined; // of a deed that came back to be mended
    if (draft) {
      if (options.restored) await options.restored(draft.values);
      fillIn(form, draft.values);
      if (camera) await camera.restore(draft.photos || []);
      if (spot) spot.restore(draft.place);
      showErrors(form, draft.errors || []);
    }
    let saving = Promise.resolve();
    const save = () => {
      const row = {
        worker: worker.id, screen, key, values: valuesOf(form), at: Date.now(),
        photos: camera ? camera.digests() : [], place: spot ? spot.chosen() : null, did,
        screenName: options.screen, address: location.search,
      };
      self.phone.typing = true;
      saving = saving.then(() => store.put("drafts", row)).then(() => {
        form.dataset.saved = String(row.at);
      });
      return saving;
    };
    form.addEventListener("input", save);
    form.addEventListener("change", save);
    form.addEventListener("kept", save);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("[type=submit]");
      const raw = valuesOf(form);
      const errors = lacks(form, options, camera, spot);
      showErrors(form, errors);
      if (errors.length) return;
      button.disabled = true;
      try {
        await saving;
        const values = options.values ? options.values(raw) : raw;
        const more = options.extra ? options.extra() : {};
        await enqueue(options.kind, {
          key, values, place: spot ? spot.final() : null, files: camera ? camera.digests() : [],
          at: did || (camera ? camera.takenAt() : undefined), label: options.label ? options.label(values) : "",
          ...more,
        }, screen);
        self.phone.typing = false;
        location.assign(`${config.home}outbox/?saved=1`);
      } catch (error) {
        button.disabled = false;
        toast(say("notSaved"), "over");
      }
    });
    form.dataset.kept = "";
    if (!draft && Object.values(valuesOf(form)).some((value) => typeof value === "string" && value.trim()
      && ![...form.elements].some((field) => field.defaultValue === value))) save(); // typed before we listened
    return { camera, spot, draft };
  }

  function lacks(form, options, camera, spot) {
    const errors = [];
    for (const field of form.querySelectorAll("[required]")) {
      if (field.closest("[hidden]")) continue;
      const filled = field.type === "radio"
        ? form.querySelector(`[name="${field.name}"]:checked`) : field.value.trim();
      if (!filled && !errors.some((e) => e.field === field.name)) {
        errors.push({ field: field.name, message: say("required") });
      }
    }
    if (camera && options.photos && camera.digests().length < options.photos) {
      errors.push({ field: "files", message: say("photoRequired", { n: options.photos }) });
    }
    if (spot && options.place === "needed" && !spot.final()) {
      errors.push({ field: "place", message: say("placeRequired") });
    }
    return errors;
  }

  function showErrors(form, errors) {
    for (const old of form.querySelectorAll(".field-error")) old.remove();
    for (const old of form.querySelectorAll("[aria-invalid]")) old.removeAttribute("aria-invalid");
    let first = null;
    for (const { field, message } of errors) {
      const note = make("p", { class: "field-error", role: "alert" }, icon("alert-circle"), message);
      const input = form.querySelector(`[name="${field}"]`);
      const box = form.querySelector(`[data-field="${field}"]`)
        || (input && input.closest(".field")) || form;
      if (input) input.setAttribute("aria-invalid", "true");
      box.prepend(note);
      first = first || note;
    }
    if (first) first.scrollIntoView({ block: "center" });
  }

  async function showFrame() {
    const worker = await store.meta("worker");
    const waiting = worker ? await store.deedsOf(worker.id) : [];
    const open = waiting.filter((deed) => !self.phone.FINAL.includes(deed.state)).length;
    const badge = document.getElementById("outbox-count");
    badge.textContent = open ? String(open) : "";
    badge.hidden = !open;
    const net = document.getElementById("net");
    const pause = await store.meta("pause");
    const why = !navigator.onLine ? "offline" : pause && self.phone.isAhead(pause.until) ? pause.why : "";
    net.className = `net ${why ? "net-off" : "net-on"}`;
    net.replaceChildren(icon(why ? "alert-triangle" : "circle-check"), why ? sayWhy(why) : say("net_on"));
    const refused = ["signed_out", "other_person"].includes(pause ? pause.why : "");
    document.getElementById("sign-in").hidden = !refused && (Boolean(worker) || !self.phone.asked);
  }

  Object.assign(self.phone, {
    config, words, say, sayWhy, make, icon, uuid, clockText, metresApart, toast, section, list, enqueue,
    keepForm, valuesOf, showErrors, showFrame, typing: false, asked: false,
  });
})(self);
