/** 上报: the picture first, then the class by large tiles, near things offered before typing. */
(function (self) {
  "use strict";

  const { make, icon, say, section, metresApart, keepForm } = self.phone;
  const NEAR_COMPONENT_M = 60;
  const NEAR_EVENT_M = 50;
  const form = document.getElementById("report");
  const classes = document.getElementById("classes");
  let table = { event: [], component: [] };

  function chosenKind() { return form.elements.kind.value || "event"; }

  function tile(name, value, text, checked) {
    const input = make("input", { type: "radio", name, value });
    input.checked = Boolean(checked);
    return make("label", { class: "tile" }, input, make("span", {}, text));
  }

  function drawClasses() {
    const rows = table[chosenKind()] || [];
    const search = form.elements.search.value.trim();
    const large = rows.filter((row) => !row.parent);
    const opened = form.elements.large.value;
    const chosen = form.elements.class_code ? form.elements.class_code.value : "";
    let shown;
    if (search) shown = rows.filter((row) => row.parent && row.label.includes(search)).slice(0, 12);
    else if (opened) shown = rows.filter((row) => row.parent === opened);
    else {
      classes.replaceChildren(...large.map((row) => {
        const button = make("button", { type: "button", class: "tile" }, make("span", {}, row.label));
        button.addEventListener("click", () => { form.elements.large.value = row.code; drawClasses(); });
        return button;
      }));
      return;
    }
    const back = make("button", { type: "button", class: "tile back" }, icon("arrow-left"), say("allClasses"));
    back.addEventListener("click", () => {
      form.elements.large.value = "";
      form.elements.search.value = "";
      drawClasses();
    });
    classes.replaceChildren(back, ...shown.map((row) => tile("class_code", row.code, row.label, row.code === chosen)));
  }

  async function offer(at) {
    if (!at) return;
    const components = ((await section("components")) || [])
      .map((one) => ({ ...one, away: metresApart(at, one) }))
      .filter((one) => one.away <= NEAR_COMPONENT_M).sort((a, b) => a.away - b.away).slice(0, 4);
    const box = document.getElementById("near-components");
    box.hidden = !components.length || chosenKind() !== "component";
    const chosen = form.elements.asset_id ? form.elements.asset_id.value : "";
    box.querySelector("div").replaceChildren(...components.map((one) => tile(
      "asset_id", String(one.id), say("nearThing", { name: one.name, m: Math.round(one.away) }),
      String(one.id) === chosen)));
    const events = ((await section("near")) || []).filter((one) => one.lon !== null)
      .map((one) => ({ ...one, away: metresApart(at, one) }))
      .filter((one) => one.away <= NEAR_EVENT_M).sort((a, b) => a.away - b.away).slice(0, 3);
    const known = document.getElementById("near-events");
    known.hidden = !events.length;
    known.querySelector("ul").replaceChildren(...events.map((one) => make("li", {},
      say("nearEvent", { title: one.title, number: one.number, m: Math.round(one.away) }))));
  }

  self.phone.drawing = (async () => {
    table = (await section("classes")) || table;
    const params = new URLSearchParams(location.search);
    if (params.get("kind") === "component") form.elements.kind.value = "component";
    drawClasses();
    const kept = await keepForm(form, {
      kind: "event_report", screen: "report", place: "needed", photos: 1,
      restored(values) {
        form.elements.kind.value = values.kind || "event";
        const row = (table[chosenKind()] || []).find((one) => one.code === values.class_code);
        form.elements.large.value = row ? row.parent : "";
        drawClasses();
      },
      values: ({ large, search, ...values }) => ({
        ...values, title: values.title || labelOf(values.class_code) || say("aProblem") }),
      label: (values) => values.title,
    });
    form.addEventListener("change", (event) => {
      if (event.target.name === "kind") {
        form.elements.large.value = "";
        drawClasses();
        if (kept && kept.spot) offer(kept.spot.final());
      }
    });
    form.elements.search.addEventListener("input", drawClasses);
    form.addEventListener("placed", (event) => offer(event.detail));
    if (kept && kept.spot) offer(kept.spot.final());
  })();

  // Where a service hears for this worker. Without a network there is none, and typing remains.
  async function offerSpeech() {
    const me = await self.phone.meet();
    if (me.out || !me.assists.includes("speech")) return;
    const box = document.getElementById("assist");
    box.querySelector("[data-assist]").dataset.csrf = me.csrf;
    box.hidden = false;
  }
  offerSpeech().catch(() => undefined);

  function labelOf(code) {
    const row = (table[chosenKind()] || []).find((one) => one.code === code);
    return row ? row.label : "";
  }
})(self);
