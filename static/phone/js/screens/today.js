/** 今日: what is to be done, the next thing first. */
(function (self) {
  "use strict";

  const { make, icon, say, section, list, clockText, store } = self.phone;

  function go(href, title, sub, symbol, late) {
    return make("li", {}, make("a", { class: `entry${late ? " late" : ""}`, href },
      icon(symbol), make("span", { class: "entry-text" }, make("strong", {}, title), make("span", {}, sub)),
      icon("chevron-right")));
  }

  /** Few cells by name; of many the first and how many. */
  function cellWords(names) {
    return names.length <= 3 ? names.join("、") : say("cells", { first: names[0], n: names.length });
  }

  self.phone.redraw = async () => {
    const worker = await store.meta("worker");
    document.getElementById("who").textContent = worker ? `${worker.name} · ${worker.unit}` : say("nobody");
    const cells = await section("cells");
    document.getElementById("cells").textContent = cells && cells.features.length
      ? cellWords(cells.features.map((cell) => cell.properties.name)) : say("noCells");
    const tasks = (await section("tasks")) || [];
    list(document.getElementById("tasks"), tasks, (task) => go(
      `/m/look/?task=${task.id}`, task.title,
      `${say(`look_${task.purpose}`)} · ${task.address || task.number}${task.due_at ? ` · ${say("until", { at: clockText(task.due_at) })}` : ""}`,
      "eye-check", task.due_at && Date.parse(task.due_at) < Date.now()), say("noTasks"));
    const orders = (await section("orders")) || [];
    document.getElementById("orders-part").hidden = !orders.length;
    list(document.getElementById("orders"), orders, (order) => go(
      `/m/repair/?order=${order.id}`, order.title,
      `${order.level} · ${order.area}${order.due.restore ? ` · ${say("until", { at: clockText(order.due.restore) })}` : ""}`,
      "tool", order.due.restore && Date.parse(order.due.restore) < Date.now()), say("noOrders"));
    const patrols = (await section("patrols")) || [];
    list(document.getElementById("patrols"), patrols, (patrol) => go(
      `/m/patrol/?patrol=${patrol.id}`, patrol.title,
      say("points", { done: patrol.points.filter((p) => p.state === "done").length, all: patrol.points.length }),
      "walk"), say("noPatrols"));
    const visits = (await section("visits")) || [];
    list(document.getElementById("visits"), visits, (visit) => go(
      `/m/visit/?due=${visit.id}`, visit.title,
      `${visit.label} · ${visit.days_late ? say("late", { n: visit.days_late }) : say("dueOn", { on: visit.due_on })}`,
      "heart-handshake", visit.days_late > 0), say("noVisits"));
    const duty = await store.meta("duty");
    document.getElementById("duty-hint").hidden = Boolean(duty && duty.on);
  };
})(self);
