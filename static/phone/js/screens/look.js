/** 核实核查: the pictures from before above, the answer below. */
(function (self) {
  "use strict";

  const { make, say, section, keepForm } = self.phone;
  const form = document.getElementById("look");

  self.phone.drawing = (async () => {
    const id = Number(new URLSearchParams(location.search).get("task"));
    const task = ((await section("tasks")) || []).find((one) => one.id === id);
    const place = document.getElementById("task");
    if (!task) place.replaceChildren(make("p", {}, say("taskGone")));
    else {
      place.replaceChildren(
        make("h2", {}, task.title), make("p", {}, `${task.number} · ${task.address}`), make("p", {}, task.text),
        task.instruction ? make("p", { class: "hint" }, task.instruction) : "",
        make("div", { class: "before" }, ...task.pictures.map((src, n) =>
          make("img", { src, alt: say("beforeN", { n: n + 1 }) }))));
      const isCheck = task.purpose === "check";
      document.getElementById("pass").textContent = say(isCheck ? "checkPass" : "verifyPass");
      document.getElementById("fail").textContent = say(isCheck ? "checkFail" : "verifyFail");
    }
    await keepForm(form, {
      kind: "look_answer", screen: "look", place: "wanted", photos: 1,
      values: (values) => ({ ...values, task_id: id }), label: () => (task ? task.title : String(id)),
    });
  })();
})(self);
