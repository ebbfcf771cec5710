/**
 * Sends the outbox. Called by pages (on opening, on "online", by button, on a timer) and by the
 * service worker (Background Sync). One at a time: a lock where the browser has one; where not, the
 * server's keys make sending twice harmless.
 *
 * A deed's `state` on the phone: waiting, sending photographs and deeds alike;
 *   done, conflict, kept: answered for good; refused: to be mended by the worker.
 */
(function (self) {
  "use strict";

  const API = "/m/api/";
  const BATCH = 20;
  const PIECE = 256 * 1024;
  const PATIENCE_MS = 30000;
  const LOCK_PATIENCE_MS = 45000;
  const FIRST_PAUSE_MS = 4000;
  const LONGEST_PAUSE_MS = 10 * 60 * 1000;
  const FINAL = ["done", "conflict", "kept"];
  const { store } = self.phone;
  self.phone.words = self.phone.words || {}; // the service worker has no page to read them from

  class Pause extends Error {
    constructor(why, seconds) {
      super(why);
      this.why = why;
      this.seconds = seconds;
    }
  }

  /**
   * Will ask the server and read its whole answer: {ok, status, type, headers, text}.
   * One patience for both: a connection that dies within the answer says nothing any more.
   */
  async function ask(path, options = {}, patience = PATIENCE_MS) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    try {
      const answer = await fetch(API + path, {
        credentials: "same-origin", redirect: "manual", cache: "no-store", signal: stop.signal,
        ...options,
      });
      const { ok, status, type, headers } = answer;
      return { ok, status, type, headers, text: await answer.text() };
    } catch (error) {
      throw new Pause("offline");
    } finally {
      clearTimeout(timer);
    }
  }

  function read(answer) {
    try {
      return JSON.parse(answer.text);
    } catch (error) {
      throw new Pause("offline"); // the connection broke within the answer, or a portal spoke
    }
  }

  function headersOf(me, more) {
    const found = { "X-Phone-Worker": String(me.id), ...more };
    if (me.ticket) found["X-Phone-Ticket"] = me.ticket;
    else found["X-CSRFToken"] = me.csrf;
    return found;
  }

  function judge(answer) {
    if (answer.ok) return answer;
    const after = Number(answer.headers.get("Retry-After")) || 0;
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new Pause("signed_out");
    if (answer.status === 429) throw new Pause("busy", after || 30);
    if (answer.status >= 500) throw new Pause("server", after);
    return answer;
  }

  /** Will ask who is signed in, measure the clock, and remember both. */
  async function meet() {
    const asked = Date.now();
    const answer = await ask("me/");
    if (answer.type === "opaqueredirect" || answer.status === 401) return { out: true };
    judge(answer);
    const me = read(answer);
    const between = (asked + Date.now()) / 2;
    const skew = Math.round((between - Date.parse(me.server_time)) / 1000);
    await store.setMeta("skew", skew);
    return { id: me.worker.id, name: me.worker.name, unit: me.worker.unit, may: me.may,
      csrf: me.csrf, fresh: me.ticket, assists: me.assists || [] };
  }

  /** Will give by what right this worker's outbox is sent. */
  async function rightOf(worker) {
    const me = await meet();
    if (me.out) {
      const handing = await store.meta("handing");
      const ticket = await store.meta(`ticket-${worker}`);
      if (handing === worker && ticket) return { id: worker, ticket };
      throw new Pause("signed_out");
    }
    if (me.id !== worker) throw new Pause("other_person");
    if (me.may) {
      await store.setMeta(`ticket-${worker}`, me.fresh);
      return me;
    }
    const ticket = await store.meta(`ticket-${worker}`);
    if (!ticket) throw new Pause("no_right");
    return { id: worker, ticket };
  }

  async function sendPhoto(me, digest) {
    const row = await store.get("photos", [me.id, digest]);
    if (!row) return { ok: false, lost: true };
    const bytes = new Uint8Array(row.bytes);
    let offset = 0;
    let restarts = 0;
    while (restarts < 3) {
      const answer = judge(await ask(`files/${digest}/`, {
        method: "PUT",
        body: bytes.subarray(offset, offset + PIECE),
        headers: headersOf(me, {
          "Content-Type": "application/octet-stream",
          "Upload-Length": String(bytes.length),
          "Upload-Offset": String(offset),
        }),
      }));
      const told = read(answer);
      if (answer.status === 409 && told.data && "offset" in told.data) offset = told.data.offset;
      else if (!answer.ok) return { ok: false, why: told.detail };
      else if (told.held) return { ok: true };
      else {
        if (told.offset <= offset) restarts += 1;
        offset = told.offset;
      }
    }
    throw new Pause("server");
  }

  function wire(deed) {
    return {
      key: deed.key, kind: deed.kind, at: deed.at, place: deed.place, values: deed.values,
      files: deed.files, form_version: deed.form_version, base_version: deed.base_version,
    };
  }

  /** Will write down what became of one deed of a batch. */
  async function settle(deed, receipt, worker) {
    const state = receipt.state === "repeated" ? receipt.first : receipt.state;
    if (state === "later") {
      for (const digest of receipt.missing || []) {
        if (!(await store.get("photos", [worker, digest]))) {
          return refuseHere(deed, self.phone.words.photoLost);
        }
      }
      const told = Math.max(Number(receipt.retry_after) || 0, 2) * 1000;
      const wait = Math.min(told, LONGEST_PAUSE_MS);
      return store.change(deed.key, (row) => ({
        ...row, tries: (row.tries || 0) + 1, notBefore: Date.now() + wait,
      }));
    }
    await store.change(deed.key, (row) => ({ ...row, state, receipt, answered: Date.now() }));
    if (FINAL.includes(state)) await dropPhotos(worker, deed.files || []);
  }

  /** Will drop the bytes of answered photographs that no other deed needs. */
  async function dropPhotos(worker, digests) {
    const waiting = await store.deedsOf(worker);
    const needed = new Set();
    for (const deed of waiting) {
      if (!FINAL.includes(deed.state)) for (const digest of deed.files || []) needed.add(digest);
    }
    for (const digest of digests) {
      if (!needed.has(digest)) await store.remove("photos", [worker, digest]);
    }
  }

  function refuseHere(deed, message) {
    return store.change(deed.key, (row) => ({
      ...row, state: "refused", receipt: { state: "refused", errors: [{ field: "files", message }] },
    }));
  }

  async function round(worker, asked) {
    const me = await rightOf(worker);
    const tried = new Set(); // told "later" means later than this round, even by button
    let sent = 0;
    for (;;) {
      const waiting = (await store.deedsOf(worker)).filter((deed) => deed.state === "waiting"
        && !tried.has(deed.key) && (asked || !isAhead(deed.notBefore)));
      if (!waiting.length) return sent;
      const batch = [];
      for (const deed of waiting) {
        if (batch.length === BATCH) break;
        tried.add(deed.key);
        if (await photosAreThere(me, deed)) batch.push(deed);
      }
      if (!batch.length) continue; // each of them was refused for its photographs
      const answer = judge(await ask("deeds/", {
        method: "POST",
        body: JSON.stringify({ sent_at: new Date().toISOString(), deeds: batch.map(wire) }),
        headers: headersOf(me, { "Content-Type": "application/json" }),
      }));
      const told = read(answer);
      if (!answer.ok) throw new Pause(told.code === "csrf_failed" ? "offline" : told.code || "server");
      // By place, not by key: a key the server could not read must not be sent for ever.
      for (let i = 0; i < batch.length; i += 1) await settle(batch[i], told.receipts[i], worker);
      sent += told.receipts.filter((receipt) => receipt.state !== "later").length;
      tell("sent");
    }
  }

  async function photosAreThere(me, deed) {
    for (const digest of deed.files || []) {
      const photo = await sendPhoto(me, digest);
      if (photo.lost) continue; // dropped after an earlier answer; the server says if it is missing
      if (!photo.ok) {
        await refuseHere(deed, photo.why);
        return false;
      }
    }
    return true;
  }

  /**
   * Will tell whether a waiting time still runs. One further ahead than any we ever set was written
   * by a clock that has been put back since: it would hold the deeds for hours or days.
   */
  function isAhead(until) {
    const left = (until || 0) - Date.now();
    return left > 0 && left <= LONGEST_PAUSE_MS;
  }

  async function pauseFor(error) {
    const tries = ((await store.meta("tries")) || 0) + 1;
    const grown = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(tries, 12), LONGEST_PAUSE_MS);
    const told = Math.min((error.seconds || 0) * 1000, LONGEST_PAUSE_MS);
    const wait = told || grown * (0.5 + Math.random() / 2);
    await store.setMeta("tries", tries);
    await store.setMeta("pause", { why: error.why, until: Date.now() + wait, at: Date.now() });
  }

  async function sendNow(asked) {
    const worker = await store.meta("worker");
    if (!worker) return { why: "signed_out" };
    try {
      const sent = await round(worker.id, asked);
      await store.setMeta("tries", 0);
      await store.setMeta("pause", null);
      await store.setMeta("lastSent", Date.now());
      return { sent };
    } catch (error) {
      if (!(error instanceof Pause)) throw error;
      // Somebody else may work here by now: the pause of the one before is none of theirs.
      const now = await store.meta("worker");
      if (now && now.id === worker.id) await pauseFor(error);
      return { why: error.why };
    } finally {
      tell("sent");
    }
  }

  /**
   * Will send what waits and say what came of it: {sent} or {why}.
   * asked: by the worker's own button, which no pause holds back.
   */
  async function send(asked) {
    const pause = await store.meta("pause");
    if (!asked && pause && isAhead(pause.until)) return { why: pause.why, until: pause.until };
    if (!self.navigator.locks) return sendNow(asked);
    return asked ? sendInTurn() : self.navigator.locks.request(
      "phone-send", { ifAvailable: true }, (lock) => (lock ? sendNow(false) : { why: "sending" }));
  }

  /** Will send when whoever sends now is done; a tab the phone has frozen never is. */
  async function sendInTurn() {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), LOCK_PATIENCE_MS);
    let mine = false;
    try {
      return await self.navigator.locks.request("phone-send", { signal: stop.signal }, () => {
        mine = true;
        clearTimeout(timer);
        return sendNow(true);
      });
    } catch (error) {
      if (mine || error.name !== "AbortError") throw error;
      return sendNow(true);
    } finally {
      clearTimeout(timer);
    }
  }

  function tell(what) {
    if (self.phone.told) self.phone.told(what);
    if (self.BroadcastChannel) {
      const channel = new BroadcastChannel("phone");
      channel.postMessage(what);
      channel.close();
    }
  }

  Object.assign(self.phone, { send, sendNow, meet, ask, isAhead, FINAL });
})(self);
