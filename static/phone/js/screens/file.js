/** 档案: those of the own cells, found by a few signs; only what is touched is sent. */
(function (self) {
  "use strict";

  const { make, icon, say, section, list, keepForm, drawForm, dataOf } = self.phone;
  const form = document.getElementById("file");
  const params = new URLSearchParams(location.search);

  async function choose(files, forms) {
    const search = document.getElementById("file-search");
    const show = () => {
      const text = search.value.trim();
      const found = files.filter((one) => !text || `${one.title}${one.address}`.includes(text)).slice(0, 40);
      list(document.getElementById("files"), found, (one) => make("li", {},
        make("a", { class: "entry", href: `/m/file/?file=${one.id}` }, icon("file-text"),
          make("span", { class: "entry-text" }, make("strong", {}, one.title),
            make("span", {}, `${(forms[one.kind] || {}).label || ""} · ${one.address}`)),
          icon("chevron-right"))), say("noFiles"));
    };
    search.addEventListener("input", show);
    show();
    document.getElementById("new-files").replaceChildren(...Object.entries(forms).map(([kind, body]) =>
      make("a", { class: "button", href: `/m/file/?new=${kind}` }, icon("plus"), body.label)));
  }

  self.phone.drawing = (async () => {
    const forms = (await section("forms")) || {};
    const files = (await section("files")) || [];
    const file = files.find((one) => one.id === Number(params.get("file")));
    const kind = file ? file.kind : params.get("new");
    if (!forms[kind]) {
      await choose(files, forms);
      return;
    }
    document.getElementById("choose").hidden = true;
    form.hidden = false;
    document.getElementById("file-title").textContent = file ? file.title : say("newFile", { kind: forms[kind].label });
    const before = file ? file.values : {};
    drawForm(document.getElementById("file-fields"), form, forms[kind].fields, before);
    const same = (a, b) => JSON.stringify(a === undefined || a === null ? "" : a) === JSON.stringify(b);
    await keepForm(form, {
      kind: "file_edit", screen: "file",
      values(raw) {
        const { data } = dataOf(raw);
        const touched = Object.fromEntries(Object.entries(data).filter(([name, value]) =>
          !same(before[name], value) && String(before[name]) !== String(value)));
        const fix = self.phone.freshFix();
        if (!file && fix) touched.point = { lng: fix.lon, lat: fix.lat };
        return { kind, file_id: file ? file.id : null, data: touched };
      },
      extra: () => ({ form_version: forms[kind].version, base_version: file ? file.version : null }),
      label: () => (file ? file.title : forms[kind].label),
    });
  })();
})(self);
