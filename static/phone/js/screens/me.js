/** 我的: duty, day pack, storage, clock, and who works here. */
(function (self) {
  "use strict";

  const { make, say, store, section, clockText, enqueue, toast } = self.phone;
  const CLOCK_WRONG_S = 120;
  const mb = (bytes) => (bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0);

  async function dutyNow() { return (await store.meta("duty")) || { on: false }; }

  async function go(on) {
    const consent = document.getElementById("consent").checked;
    await enqueue(on ? "duty_start" : "duty_end", {
      values: on ? { consent } : {}, label: "" }, "");
    await store.setMeta("duty", on ? { on: true, consent, at: Date.now() } : { on: false });
    toast(say(on ? "dutyOn" : "dutyOff"), "done");
    self.phone.redraw();
  }

  self.phone.redraw = async () => {
    const worker = await store.meta("worker");
    document.getElementById("name").textContent = worker ? worker.name : say("nobody");
    document.getElementById("unit").textContent = worker ? worker.unit : "";
    const duty = await dutyNow();
    document.getElementById("duty-state").textContent = duty.on
      ? say("dutySince", { at: clockText(duty.at) }) : say("dutyNot");
    document.getElementById("duty-start").hidden = duty.on;
    document.getElementById("duty-end").hidden = !duty.on;
    document.getElementById("consent-box").hidden = duty.on;
    const consent = await section("consent");
    document.getElementById("consent-text").replaceChildren(
      ...(consent ? consent.text : [say("consentMissing")]).map((line) => make("li", {}, line)));
    document.getElementById("consent").disabled = !consent;
    const info = worker ? await store.meta(`pack-${worker.id}`) : null;
    document.getElementById("pack-state").textContent = info
      ? say("packState", { day: info.day, at: clockText(info.at),
        mb: mb(Object.values(info.sizes).reduce((sum, size) => sum + size, 0)) })
      : say("packNone");
    const skew = await store.meta("skew");
    document.getElementById("clock-state").textContent = skew === undefined ? say("clockUnknown")
      : Math.abs(skew) > CLOCK_WRONG_S ? say("clockWrong", { min: Math.round(Math.abs(skew) / 60) }) : say("clockRight");
    if (navigator.storage && navigator.storage.estimate) {
      const { usage, quota } = await navigator.storage.estimate();
      const kept = navigator.storage.persisted ? await navigator.storage.persisted() : false;
      document.getElementById("storage-state").textContent =
        `${say("storageState", { used: mb(usage || 0), all: mb(quota || 0) })} ${say(kept ? "storageKept" : "storageLoose")}`;
    }
    document.getElementById("sync-state").textContent =
      say(self.SyncManager ? "syncBackground" : "syncOpen");
  };

  document.getElementById("duty-start").addEventListener("click", () => go(true));
  document.getElementById("duty-end").addEventListener("click", () => go(false));
  document.getElementById("fetch-pack").addEventListener("click", async () => {
    toast(say((await self.phone.refreshPack()) ? "packFetched" : "packFailed"), "");
    self.phone.redraw();
  });
})(self);
