/** What keeps the phone up to date: day pack, live line, sending, positions while on duty. */
(function (self) {
  "use strict";

  const { store, config, say, toast } = self.phone;
  const SEND_EVERY_MS = 20000;
  const PACK_EVERY_MS = 5 * 60 * 1000;
  const DRAWING_MS = 600;
  const PACK_PATIENCE_MS = 2 * 60 * 1000;
  const FIXES_EVERY_MS = 2 * 60 * 1000;
  const PERSONAL = ["files", "visits", "tasks", "near"];
  const KEEP_ANSWERED_MS = 7 * 24 * 3600 * 1000;
  let socketWait = 1000;
  let fixes = [];

  /** Will learn who works here. Another person's rows stay where they are, unseen. */
  async function settleWorker() {
    let me;
    try {
      me = await self.phone.meet();
    } catch (error) {
      return store.meta("worker");
    }
    const known = await store.meta("worker");
    if (me.out) return known;
    if (!known || known.id !== me.id) {
      await store.setMeta("worker", { id: me.id, name: me.name, unit: me.unit });
      await store.setMeta("pause", null);
      await store.setMeta("tries", 0);
    }
    const pause = await store.meta("pause");
    if (pause && pause.why === "offline") await store.setMeta("pause", null); // it just answered
    await store.setMeta("may", me.may);
    if (me.may) await store.setMeta(`ticket-${me.id}`, me.fresh);
    return store.meta("worker");
  }

  let settling = null;

  /** The same, asked once however many wait for it. */
  function whoWorks() {
    if (!settling) settling = settleWorker();
    return settling;
  }

  /** Will fetch what changed of the day pack; forms are kept by version until nothing needs them. */
  async function refreshPack() {
    const worker = await store.meta("worker");
    if (!worker) return false;
    const rows = await store.allOf("pack", worker.id);
    const have = rows.map((row) => `${row.section}:${row.digest}`).join(",");
    let answer;
    try {
      const me = await self.phone.meet();
      if (me.out || me.id !== worker.id || !me.may) return false;
      answer = await self.phone.ask(`pack/?have=${encodeURIComponent(have)}`, {
        headers: { "X-CSRFToken": me.csrf, "X-Phone-Worker": String(worker.id) } }, PACK_PATIENCE_MS);
    } catch (error) {
      return false;
    }
    if (!answer.ok) return false;
    let told;
    try {
      told = JSON.parse(answer.text);
    } catch (error) {
      return false; // not ours: what is there stays
    }
    await store.within(["pack", "forms", "meta"], "readwrite", (tx) => {
      for (const [section, { digest, data }] of Object.entries(told.sections)) {
        if (data === undefined) continue;
        tx.objectStore("pack").put({ worker: worker.id, section, digest, data });
        if (section === "forms") {
          for (const [form, body] of Object.entries(data)) {
            tx.objectStore("forms").put({ worker: worker.id, form, version: body.version, body });
          }
        }
      }
      tx.objectStore("meta").put(
        { at: Date.now(), day: told.day, expires: told.expires_at, sizes: told.sizes },
        `pack-${worker.id}`);
    });
    return true;
  }

  /** Will drop what personal data a pack of yesterday still holds, and old receipts. */
  async function tidy() {
    const worker = await store.meta("worker");
    if (!worker) return;
    const info = await store.meta(`pack-${worker.id}`);
    if (info && Date.parse(info.expires) < Date.now()) {
      for (const section of PERSONAL) await store.remove("pack", [worker.id, section]);
    }
    for (const deed of await store.deedsOf(worker.id)) {
      if (self.phone.FINAL.includes(deed.state) && deed.answered < Date.now() - KEEP_ANSWERED_MS) {
        await store.remove("deeds", deed.key);
      }
    }
  }

  function listen() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const host = config.wsPort ? `${location.hostname}:${config.wsPort}` : location.host;
    const socket = new WebSocket(`${scheme}//${host}/ws/notices/`);
    self.phone.line = socket;
    socket.addEventListener("open", () => { socketWait = 1000; });
    socket.addEventListener("message", async (event) => {
      const told = JSON.parse(event.data);
      if (told.type !== "notice") return;
      toast(told.title, "action");
      if (navigator.vibrate) navigator.vibrate([120, 60, 120]);
      await refreshPack();
      self.phone.redraw();
    });
    socket.addEventListener("close", (event) => {
      if (event.code === 4401) return;
      socketWait = Math.min(socketWait * 2, 60000);
      setTimeout(listen, socketWait * (0.5 + Math.random() / 2));
    });
  }

  /** Will have the outbox sent soon, by whoever can: this page now, the browser later. */
  function wake() {
    // Not waited for: where the program could not be installed, "ready" never comes.
    if (navigator.serviceWorker) {
      navigator.serviceWorker.ready
        .then((registration) => registration.sync && registration.sync.register("outbox"))
        .catch(() => undefined); // no Background Sync here: the page itself sends
    }
    return self.phone.send(false);
  }

  /** Will put the way walked while on duty, with consent, into the outbox every two minutes. */
  function follow() {
    document.addEventListener("phone:fix", async ({ detail }) => {
      const duty = await store.meta("duty");
      if (!duty || !duty.on || !duty.consent) return;
      fixes.push({ at: detail.taken_at, lon: detail.lon, lat: detail.lat, accuracy_m: detail.accuracy_m });
    });
    setInterval(async () => {
      if (!fixes.length) return;
      const taken = fixes.splice(0, 500);
      await self.phone.enqueue("positions", { values: { fixes: taken } }, "");
    }, FIXES_EVERY_MS);
  }

  async function register() {
    if (!("serviceWorker" in navigator)) return;
    const registration = await navigator.serviceWorker.register("/m/sw.js", {
      scope: "/m/", updateViaCache: "none" });
    const offer = () => {
      if (registration.waiting && navigator.serviceWorker.controller) showUpdate(registration.waiting);
    };
    registration.addEventListener("updatefound", () => {
      registration.installing.addEventListener("statechange", offer);
    });
    offer();
    let reloading = false;
    let isFirst = !navigator.serviceWorker.controller;
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (isFirst) {
        isFirst = false; // installed beside the page that brought it: the same build
        return;
      }
      if (reloading || self.phone.typing) return;
      reloading = true;
      location.reload();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) registration.update().catch(() => undefined);
    });
  }

  /** A new program takes over at once where nobody types, else by the worker's own button. */
  function showUpdate(waiting) {
    const takeOver = () => waiting.postMessage("take-over");
    if (!self.phone.typing) return takeOver();
    const bar = document.getElementById("update");
    bar.hidden = false;
    bar.querySelector("button").addEventListener("click", () => {
      self.phone.typing = false; // the draft is on the disk
      takeOver();
    });
    return undefined;
  }

  async function askToKeep() {
    if (!navigator.storage || !navigator.storage.persist) return;
    if (!(await navigator.storage.persisted())) await navigator.storage.persist();
    const { usage, quota } = await navigator.storage.estimate();
    if (quota && usage / quota > 0.8) toast(say("nearlyFull"), "over");
  }

  /** Will show the screen once what is known on the phone is drawn: nothing jumps under a thumb. */
  async function unveil() {
    const patience = new Promise((resolve) => setTimeout(resolve, DRAWING_MS));
    await Promise.race([Promise.all([self.phone.redraw(), self.phone.drawing]), patience]);
    document.documentElement.classList.add("drawn");
  }

  async function begin() {
    await self.phone.showFrame();
    await unveil();
    await whoWorks();
    self.phone.asked = true;
    await tidy();
    await self.phone.showFrame();
    self.phone.watchFix();
    follow();
    register().catch(() => undefined);
    askToKeep().catch(() => undefined);
    await wake();
    if (await refreshPack()) await self.phone.redraw();
    await self.phone.showFrame();
    if (await store.meta("worker")) listen();
    self.addEventListener("online", async () => {
      await self.phone.send(true);
      await refreshPack();
      self.phone.showFrame();
    });
    self.addEventListener("offline", self.phone.showFrame);
    setInterval(() => self.phone.send(false), SEND_EVERY_MS);
    setInterval(refreshPack, PACK_EVERY_MS);
    if (self.BroadcastChannel) {
      new BroadcastChannel("phone").addEventListener("message", changed);
    }
  }

  function changed() {
    self.phone.showFrame();
    if (!self.phone.typing) self.phone.redraw();
  }

  Object.assign(self.phone, { whoWorks, wake, refreshPack, begin, told: changed, redraw: async () => undefined });
})(self);
