/** Photographs and places: made small and digested on the phone, with where and when. */
(function (self) {
  "use strict";

  const LONG_SIDE = 1600;
  const QUALITY = 0.8;
  const MOST = 40;
  const PATIENCE_MS = 12000;
  const FRESH_MS = 60000;
  const { store, make, icon, say, toast } = self.phone;
  let lastFix = null;

  function watchFix() {
    if (!navigator.geolocation) return;
    navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        lastFix = { lon: coords.longitude, lat: coords.latitude,
          accuracy_m: Math.round(coords.accuracy), taken_at: new Date(timestamp).toISOString() };
        document.dispatchEvent(new CustomEvent("phone:fix", { detail: lastFix }));
      },
      () => document.dispatchEvent(new CustomEvent("phone:nofix")),
      { enableHighAccuracy: true, maximumAge: 10000, timeout: PATIENCE_MS });
  }

  function freshFix() {
    return lastFix && Date.now() - Date.parse(lastFix.taken_at) < FRESH_MS ? lastFix : null;
  }

  async function smaller(file) {
    const picture = await load(file);
    const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
    const canvas = make("canvas", {
      width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!blob) throw new Error("picture");
    return blob.arrayBuffer();
  }

  function load(file) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      const url = URL.createObjectURL(file);
      image.onload = () => { URL.revokeObjectURL(url); resolve(image); };
      image.onerror = () => { URL.revokeObjectURL(url); reject(new Error("picture")); };
      image.src = url;
    });
  }

  async function digestOf(bytes) {
    const found = await crypto.subtle.digest("SHA-256", bytes);
    return Array.from(new Uint8Array(found), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  /** Will look after the photographs of a form; each is on the disk before it is shown. */
  function camera(form) {
    const box = form.querySelector("[data-photos]");
    const input = box.querySelector("input[type=file]");
    const shown = box.querySelector("ul");
    let photos = []; // {digest, at, placed}

    async function take(file) {
      const worker = await store.meta("worker");
      const bytes = await smaller(file);
      const digest = await digestOf(bytes);
      if (photos.some((photo) => photo.digest === digest)) return;
      const taken = { digest, at: new Date().toISOString(), place: freshFix() };
      await store.put("photos", { worker: worker.id, bytes, ...taken });
      photos.push(taken);
      show(digest, bytes, Boolean(taken.place));
    }

    function show(digest, bytes, placed) {
      const url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
      const image = make("img", { src: url, alt: say("photoN", { n: photos.length }) });
      const drop = make("button", { type: "button", class: "photo-drop",
        "aria-label": say("photoDrop", { n: photos.length }) }, icon("x"));
      const item = make("li", {}, image, drop,
        placed ? "" : make("span", { class: "photo-mark" }, say("photoNoPlace")));
      drop.addEventListener("click", () => {
        photos = photos.filter((photo) => photo.digest !== digest);
        URL.revokeObjectURL(url);
        item.remove();
        form.dispatchEvent(new Event("kept"));
      });
      shown.append(item);
    }

    input.addEventListener("change", async () => {
      const files = [...input.files];
      input.value = "";
      if (photos.length + files.length > MOST) toast(say("photoMost", { n: MOST }), "over");
      for (const file of files.slice(0, Math.max(0, MOST - photos.length))) {
        try {
          await take(file);
        } catch (error) {
          toast(error.name === "QuotaExceededError" ? say("full") : say("photoBad"), "over");
        }
      }
      form.dispatchEvent(new Event("kept"));
    });

    return {
      digests: () => photos.map((photo) => photo.digest),
      takenAt: () => (photos.length ? photos[0].at : undefined),
      async restore(digests) {
        const worker = await store.meta("worker");
        for (const digest of digests) {
          const row = await store.get("photos", [worker.id, digest]);
          if (!row) continue;
          photos.push({ digest, at: row.at, place: row.place });
          show(digest, row.bytes, Boolean(row.place));
        }
      },
    };
  }

  /** Will look after the place of a form: measured, or picked on the map. */
  function spot(form) {
    const box = form.querySelector("[data-place]");
    const line = box.querySelector("[data-place-text]");
    let picked = null;
    let frozen = null;

    function show() {
      const at = picked || frozen || freshFix();
      box.classList.toggle("has-place", Boolean(at));
      line.textContent = !at ? say("placeNone")
        : at.picked ? say("placePicked")
          : say("placeFound", { m: at.accuracy_m === null ? "?" : at.accuracy_m });
    }

    box.querySelector("[data-place-pick]").addEventListener("click", () => {
      self.phone.pickOnMap(box, picked || frozen || freshFix(), (at) => {
        picked = { lon: at.lon, lat: at.lat, accuracy_m: null, taken_at: null, picked: true };
        show();
        form.dispatchEvent(new Event("kept"));
        form.dispatchEvent(new CustomEvent("placed", { detail: picked }));
      });
    });
    document.addEventListener("phone:fix", (event) => {
      show();
      if (!picked) form.dispatchEvent(new CustomEvent("placed", { detail: event.detail }));
    });
    show();
    return {
      // Where it was begun counts: whoever mends it at home must not move it there.
      chosen: () => picked || frozen || freshFix(),
      final: () => picked || frozen || freshFix(),
      restore(at) {
        if (at && at.picked) picked = at;
        else frozen = at;
        show();
      },
    };
  }

  Object.assign(self.phone, { camera, spot, watchFix, freshFix, lastFix: () => lastFix });
})(self);
