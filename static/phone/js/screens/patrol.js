/** 巡查: the points of a patrol, the nearest first, and checking in at one. */
(function (self) {
  "use strict";

  const { make, icon, say, section, metresApart, keepForm, lastFix } = self.phone;
  const form = document.getElementById("check-in");
  const params = new URLSearchParams(location.search);
  let patrol = null;

  function draw() {
    const here = lastFix();
    const points = patrol.points.map((point) => ({ ...point, away: here ? metresApart(here, point) : null }));
    if (here) points.sort((a, b) => a.away - b.away);
    document.getElementById("points").replaceChildren(...points.map((point) => make("li", {},
      make("a", { class: "entry", href: `/m/patrol/?patrol=${patrol.id}&point=${point.id}` },
        icon(point.state === "done" ? "circle-check" : "map-pin"),
        make("span", { class: "entry-text" }, make("strong", {}, point.name), make("span", {},
          point.state === "done" ? say("pointDone")
            : point.away === null ? say("pointFar") : say("metres", { m: Math.round(point.away) }))),
        icon("chevron-right")))));
  }

  self.phone.drawing = (async () => {
    patrol = ((await section("patrols")) || []).find((one) => one.id === Number(params.get("patrol")));
    if (!patrol) {
      document.getElementById("points").replaceChildren(make("li", { class: "nothing" }, say("noPatrols")));
      return;
    }
    document.getElementById("patrol-title").textContent = patrol.title;
    const point = patrol.points.find((one) => one.id === Number(params.get("point")));
    if (!point) {
      draw();
      document.addEventListener("phone:fix", draw);
      return;
    }
    document.getElementById("points").hidden = true;
    document.getElementById("point-name").textContent = point.name;
    form.hidden = false;
    await keepForm(form, {
      kind: "patrol_check_in", screen: "patrol", place: "needed",
      values: (values) => ({ ...values, patrol_id: patrol.id, point_id: point.id }), label: () => point.name,
    });
  })();
})(self);
