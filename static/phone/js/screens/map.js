/** 地图: the own cells with what is to be done in them, from the day pack alone. */
(function (self) {
  "use strict";

  const { Ground, section, say, make, lastFix } = self.phone;
  const COLOURS = { task: "#c9302c", patrol: "#2b8a4b", near: "#c77700" };
  const ground = new Ground(document.getElementById("ground"));

  async function points() {
    const tasks = ((await section("tasks")) || []).filter((one) => one.lon !== null);
    const near = ((await section("near")) || []).filter((one) => one.lon !== null);
    const patrols = ((await section("patrols")) || []).flatMap((one) => one.points);
    return [
      ...near.map((one) => ({ ...one, colour: COLOURS.near, mark: one.title, href: "" })),
      ...patrols.map((one) => ({ ...one, colour: COLOURS.patrol, mark: one.name })),
      ...tasks.map((one) => ({ ...one, colour: COLOURS.task, mark: one.title })),
    ];
  }

  self.phone.redraw = async () => {
    ground.points = await points();
    await ground.load();
    document.getElementById("map-list").replaceChildren(...(ground.points.length
      ? ground.points.map((one) => {
        const button = make("button", { type: "button", class: "entry" }, one.mark);
        button.addEventListener("click", () => ground.goTo(one));
        return make("li", {}, button);
      }) : [make("li", { class: "nothing" }, say("mapEmpty"))]));
  };
  document.addEventListener("phone:fix", ({ detail }) => { ground.own = detail; ground.draw(); });
  document.getElementById("zoom-in").addEventListener("click", () => ground.zoom(1.4));
  document.getElementById("zoom-out").addEventListener("click", () => ground.zoom(0.7));
  document.getElementById("here").addEventListener("click", () => { if (lastFix()) ground.goTo(lastFix()); });
  self.addEventListener("resize", () => ground.draw());
})(self);
