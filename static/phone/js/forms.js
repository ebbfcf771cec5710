/** Draws a form that is data (apps/common/forms_data) and asks only what must be asked. */
(function (self) {
  "use strict";

  const { make, say } = self.phone;
  const TYPES = { integer: "number", decimal: "number", date: "date", datetime: "datetime-local",
    phone: "tel", id_number: "text", text: "text" };

  function field(entry, value) {
    const name = `data.${entry.name}`;
    const id = `f-${entry.name}`;
    const label = make("label", { for: id }, entry.label,
      entry.required ? make("span", { class: "must" }, ` ${say("must")}`) : "");
    const box = make("div", { class: "field", "data-field": name, "data-name": entry.name }, label);
    if (entry.help) box.append(make("p", { class: "help" }, entry.help));
    box.append(control(entry, name, id, value));
    return box;
  }

  function control(entry, name, id, value) {
    const must = Boolean(entry.required);
    const given = value === undefined || value === null ? "" : value;
    if (entry.type === "longtext") {
      const area = make("textarea", { id, name, rows: 3, required: must });
      area.value = given;
      return area;
    }
    if (entry.type === "choice") {
      const select = make("select", { id, name, required: must }, make("option", { value: "" }, say("choose")),
        ...(entry.choices || []).map(([code, text]) => make("option", { value: code }, text)));
      select.value = given;
      return select;
    }
    if (entry.type === "multichoice") {
      return make("div", { class: "ticks", id }, ...(entry.choices || []).map(([code, text]) => {
        const box = make("input", { type: "checkbox", name, value: code, "data-many": true });
        box.checked = Array.isArray(given) && given.includes(code);
        return make("label", { class: "tick" }, box, text);
      }));
    }
    if (entry.type === "boolean") {
      const box = make("input", { type: "checkbox", id, name });
      box.checked = given === true;
      return box;
    }
    const input = make("input", { id, name, type: TYPES[entry.type] || "text", required: must,
      step: entry.type === "decimal" ? "any" : null, min: entry.min, max: entry.max,
      inputmode: entry.type === "phone" ? "tel" : null, autocomplete: "off" });
    input.value = given;
    return input;
  }

  function follow(form, entries) {
    const show = () => {
      for (const entry of entries) {
        if (!entry.show_if) continue;
        const box = form.querySelector(`[data-name="${entry.name}"]`);
        const source = form.elements[`data.${entry.show_if.field}`];
        const value = !source ? "" : source.type === "checkbox" ? source.checked : source.value;
        if (box) box.hidden = !entry.show_if.in.map(String).includes(String(value));
      }
    };
    form.addEventListener("input", show);
    form.addEventListener("change", show);
    show();
  }

  /** Will draw the fields of a definition into a place; points and files have parts of their own. */
  function draw(place, form, entries, values) {
    const asked = entries.filter((entry) => !["point", "files"].includes(entry.type));
    place.replaceChildren(...asked.map((entry) => field(entry, (values || {})[entry.name])));
    follow(form, asked);
  }

  /** Will take the values of a drawn form apart from those of the screen. */
  function dataOf(values) {
    const data = {};
    const rest = {};
    for (const [name, value] of Object.entries(values)) {
      if (name.startsWith("data.")) {
        if (value !== "") data[name.slice(5)] = value;
      } else rest[name] = value;
    }
    return { data, rest };
  }

  Object.assign(self.phone, { drawForm: draw, dataOf });
})(self);
