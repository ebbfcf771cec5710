/**
 * What the phone keeps: one IndexedDB database, every row under the number of its worker.
 *
 * Shared by pages and service worker, therefore a plain script: service workers with modules are
 * younger than the oldest browser served (Chrome 80). Rows of another worker are never read: every
 * function asks for one worker's.
 *
 *   meta   name                 who works here, token, ticket, clock, pause, session
 *   deeds  key                  the outbox with its receipts
 *   photos worker + digest      bytes of photographs on their way
 *   drafts worker + screen      what is being typed
 *   pack   worker + section     the day pack;  forms: worker + form + version
 */
(function (self) {
  "use strict";

  const NAME = "citybrain-phone";
  const VERSION = 1;
  const PATIENCE_MS = 10000;
  let opened = null;

  function upgrade(db) {
    db.createObjectStore("meta");
    const deeds = db.createObjectStore("deeds", { keyPath: "key" });
    deeds.createIndex("worker", "worker");
    db.createObjectStore("photos", { keyPath: ["worker", "digest"] });
    db.createObjectStore("drafts", { keyPath: ["worker", "screen"] });
    db.createObjectStore("pack", { keyPath: ["worker", "section"] });
    db.createObjectStore("forms", { keyPath: ["worker", "form", "version"] });
  }

  function open() {
    if (!opened) {
      opened = new Promise((resolve, reject) => {
        // After a crash the browser may owe its answer for good; whoever asks next asks anew.
        const timer = self.setTimeout(() => { opened = null; reject(new Error("storage")); }, PATIENCE_MS);
        const request = self.indexedDB.open(NAME, VERSION);
        request.onupgradeneeded = () => upgrade(request.result);
        request.onsuccess = () => {
          self.clearTimeout(timer);
          const db = request.result;
          db.onversionchange = () => { db.close(); opened = null; };
          db.onclose = () => { opened = null; };
          resolve(db);
        };
        request.onerror = () => { self.clearTimeout(timer); opened = null; reject(request.error); };
      });
    }
    return opened;
  }

  /** Will do something within one transaction; resolves when it is on the disk. */
  async function within(names, mode, work) {
    const options = mode === "readwrite" ? { durability: "strict" } : undefined;
    let db = await open();
    let tx;
    try {
      tx = db.transaction(names, mode, options);
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;
      opened = null; // the browser has closed the connection under us
      db = await open();
      tx = db.transaction(names, mode, options);
    }
    return new Promise((resolve, reject) => {
      let found;
      tx.oncomplete = () => resolve(found && "result" in found ? found.result : undefined);
      tx.onabort = () => reject(tx.error || new Error("aborted"));
      tx.onerror = () => reject(tx.error);
      found = work(tx);
    });
  }

  const get = (store, key) => within([store], "readonly", (tx) => tx.objectStore(store).get(key));
  const put = (store, row, key) =>
    within([store], "readwrite", (tx) => tx.objectStore(store).put(row, key));
  const remove = (store, key) =>
    within([store], "readwrite", (tx) => tx.objectStore(store).delete(key));
  const meta = (name) => get("meta", name);
  const setMeta = (name, value) => put("meta", value, name);
  const allOf = (store, worker) =>
    within([store], "readonly", (tx) => tx.objectStore(store).getAll(
      self.IDBKeyRange.bound([worker], [worker, []])));

  async function deedsOf(worker) {
    const found = await within(["deeds"], "readonly", (tx) =>
      tx.objectStore("deeds").index("worker").getAll(worker));
    return found.sort((a, b) => (a.made < b.made ? -1 : 1));
  }

  /** Will put a deed in and the draft away, all or nothing. */
  function enqueue(deed, screen) {
    return within(["deeds", "drafts"], "readwrite", (tx) => {
      tx.objectStore("drafts").delete([deed.worker, screen]);
      return tx.objectStore("deeds").put(deed);
    });
  }

  /** Will change a deed as it stands now; nothing when it is gone. */
  function change(key, edit) {
    return within(["deeds"], "readwrite", (tx) => {
      const store = tx.objectStore("deeds");
      const asked = store.get(key);
      asked.onsuccess = () => {
        if (asked.result) store.put(edit(asked.result));
      };
    });
  }

  self.phone = Object.assign(self.phone || {}, {
    store: { get, put, remove, meta, setMeta, allOf, deedsOf, enqueue, change, within },
  });
})(self);
