/** 部件普查: the nearest things offered; a new one where none fits. */
(function (self) {
  "use strict";

  const { make, say, section, metresApart, keepForm, lastFix } = self.phone;
  const form = document.getElementById("survey");

  async function offer(at, chosen) {
    if (!at) return;
    const things = ((await section("components")) || [])
      .map((one) => ({ ...one, away: metresApart(at, one) })).sort((a, b) => a.away - b.away).slice(0, 6);
    document.getElementById("things").replaceChildren(...things.map((one) => {
      const input = make("input", { type: "radio", name: "asset_id", value: String(one.id) });
      input.checked = String(one.id) === chosen;
      return make("label", { class: "tile" }, input,
        make("span", {}, say("nearThing", { name: one.name, m: Math.round(one.away) })));
    }));
  }

  self.phone.drawing = (async () => {
    const classes = (await section("classes")) || { things: [] };
    form.elements.kind_code.append(...classes.things.map((one) => make("option", { value: one.code }, one.label)));
    const show = () => {
      const isNew = form.elements.finding.value === "new";
      document.getElementById("which").hidden = isNew;
      document.getElementById("new-kind").hidden = !isNew;
    };
    form.addEventListener("change", show);
    const kept = await keepForm(form, {
      kind: "asset_survey", screen: "survey", place: "needed",
      restored: (values) => offer(lastFix() || values.place, values.asset_id),
      label: (values) => say(`finding_${values.finding}`),
    });
    form.addEventListener("placed", (event) => {
      if (!form.elements.asset_id || !form.elements.asset_id.value) offer(event.detail);
    });
    if (kept && kept.spot && !kept.draft) offer(kept.spot.final());
    show();
  })();
})(self);
