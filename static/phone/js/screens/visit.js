/** 走访: the form of the visit's type; what the city knows already is not asked. */
(function (self) {
  "use strict";

  const { make, say, section, keepForm, drawForm, dataOf } = self.phone;
  const form = document.getElementById("visit");

  self.phone.drawing = (async () => {
    const params = new URLSearchParams(location.search);
    const due = ((await section("visits")) || []).find((one) => one.id === Number(params.get("due")));
    const file = ((await section("files")) || []).find((one) => one.id === Number(params.get("file")));
    const head = document.getElementById("whom");
    if (!due && !file) {
      head.replaceChildren(make("p", {}, say("visitGone")));
      form.hidden = true;
      return;
    }
    const whom = due || file;
    head.replaceChildren(make("h2", {}, whom.title), make("p", {}, `${whom.address || ""} ${due ? due.label : ""}`));
    drawForm(document.getElementById("visit-fields"), form, due ? due.form : []);
    await keepForm(form, {
      kind: "visit", screen: "visit", place: "wanted",
      values(raw) {
        const { data, rest } = dataOf(raw);
        return { ...rest, data, file_id: due ? due.file_id : file.id,
          enrolment_id: due ? due.enrolment_id : null, kind: due ? due.kind : "visit" };
      },
      label: () => whom.title,
    });
  })();
})(self);
