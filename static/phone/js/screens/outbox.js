/** 待发: everything this phone holds, with what the server said of it. */
(function (self) {
  "use strict";

  const { make, icon, say, store, clockText, toast, FINAL } = self.phone;
  const LOOKS = { waiting: "clock", refused: "alert-triangle", conflict: "arrows-split", kept: "archive", done: "circle-check" };
  const SCREENS = { event_report: "report", look_answer: "look", patrol_check_in: "patrol", visit: "visit",
    file_edit: "file", asset_survey: "survey", note: "note" };

  function told(deed) {
    const receipt = deed.receipt || {};
    const lines = [];
    if (deed.state === "waiting") {
      const later = self.phone.isAhead(deed.notBefore);
      lines.push(later ? say("againAt", { at: clockText(deed.notBefore) }) : say("willSend"));
    }
    for (const error of receipt.errors || []) lines.push(error.message || say("photoLost"));
    if (receipt.number) lines.push(say("number", { n: receipt.number }));
    if (receipt.message) lines.push(receipt.message);
    if (receipt.who) lines.push(say("whoSettles", { who: receipt.who }));
    for (const mark of receipt.marks || []) lines.push(say("mark", { mark }));
    return lines;
  }

  function entry(deed) {
    const item = make("li", { class: `deed deed-${deed.state}`, "data-key": deed.key, "data-state": deed.state },
      make("div", { class: "deed-head" }, icon(LOOKS[deed.state] || "clock"),
        make("strong", {}, `${say(`kind_${deed.kind}`)}${deed.label ? ` · ${deed.label}` : ""}`)),
      make("p", { class: "deed-state" }, `${say(`state_${deed.state}`)} · ${clockText(deed.at)}${
        deed.files.length ? ` · ${say("photos", { n: deed.files.length })}` : ""}`),
      ...told(deed).map((line) => make("p", {}, line)));
    if (deed.state === "refused") {
      const row = make("div", { class: "row" });
      if (SCREENS[deed.kind]) {
        const mend = make("button", { type: "button", class: "button primary" }, icon("edit"), say("mend"));
        mend.addEventListener("click", () => mendDeed(deed));
        row.append(mend);
      }
      const again = make("button", { type: "button", class: "button" }, say("again"));
      again.addEventListener("click", async () => {
        await store.change(deed.key, (one) => ({ ...one, state: "waiting", notBefore: 0 }));
        self.phone.send(true);
      });
      row.append(again);
      item.append(row);
    }
    return item;
  }

  /** Will put a refused deed back on its screen, everything in place, and open that. */
  async function mendDeed(deed) {
    const values = { ...deed.values };
    for (const [name, value] of Object.entries(values.data || {})) values[`data.${name}`] = value;
    const screen = SCREENS[deed.kind];
    await store.within(["deeds", "drafts"], "readwrite", (tx) => {
      tx.objectStore("drafts").put({
        worker: deed.worker, screen: `${screen}${deed.address || ""}`, key: deed.key, values, at: Date.now(), did: deed.at,
        photos: deed.files, place: deed.place, errors: deed.receipt.errors, screenName: screen, address: deed.address });
      tx.objectStore("deeds").delete(deed.key);
    });
    location.assign(`/m/${screen}/${deed.address || ""}`);
  }

  self.phone.redraw = async () => {
    const worker = await store.meta("worker");
    const deeds = worker ? (await store.deedsOf(worker.id)).reverse() : [];
    const open = deeds.filter((deed) => !FINAL.includes(deed.state));
    const answered = deeds.filter((deed) => FINAL.includes(deed.state));
    self.phone.list(document.getElementById("open"), open, entry, say("allSent"));
    self.phone.list(document.getElementById("answered"), answered.slice(0, 50), entry, say("noAnswers"));
    const drafts = worker ? await store.allOf("drafts", worker.id) : [];
    document.getElementById("drafts-box").hidden = !drafts.length;
    self.phone.list(document.getElementById("drafts"), drafts, (draft) => make("li", {},
      make("a", { class: "entry", href: `/m/${draft.screenName}/${draft.address || ""}` }, icon("edit"),
        make("span", { class: "entry-text" }, make("strong", {}, say(`screen_${draft.screenName}`)),
          make("span", {}, clockText(draft.at))), icon("chevron-right"))), "");
    const pause = await store.meta("pause");
    const why = pause && self.phone.isAhead(pause.until) && open.length ? pause : null;
    document.getElementById("why").textContent = why ? `${self.phone.sayWhy(why.why)} ${say("againAt", { at: clockText(why.until) })}` : "";
    document.getElementById("hand-over").hidden = !(pause && pause.why === "signed_out" && open.length);
  };

  document.getElementById("send").addEventListener("click", async () => {
    const result = await self.phone.send(true);
    if (result.why) toast(self.phone.sayWhy(result.why), "soon");
    else toast(result.sent ? say("sent", { n: result.sent }) : say("allSent"), "done");
  });
  document.getElementById("hand-over-button").addEventListener("click", async () => {
    const worker = await store.meta("worker");
    await store.setMeta("handing", worker.id);
    const result = await self.phone.send(true);
    await store.setMeta("handing", null);
    toast(result.why ? self.phone.sayWhy(result.why) : say("sent", { n: result.sent }), result.why ? "over" : "done");
  });
  if (new URLSearchParams(location.search).get("saved")) toast(say("saved"), "done");
})(self);
