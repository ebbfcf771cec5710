/** 维修反馈: the order found by the label of the thing, typed or scanned; then what was done. */
(function (self) {
  "use strict";

  const { make, icon, say, section, list, keepForm } = self.phone;
  const by = (id) => document.getElementById(id);
  const LOOK_EVERY_MS = 250;

  /** A label says the address of the thing's page; people type its code. */
  function fits(order, text) {
    const said = text.trim();
    const found = /\/assets\/(\d+)\/?$/.exec(said);
    return found ? order.asset_id === Number(found[1]) : order.code.startsWith(said) || order.number === said;
  }

  function offer(orders, text) {
    list(by("orders"), orders.filter((order) => fits(order, text)), (order) => make("li", {},
      make("a", { class: "entry", href: `?order=${order.id}` }, icon("tool"),
        make("span", { class: "entry-text" }, make("strong", {}, order.title), make("span", {}, order.number)),
        icon("chevron-right"))), say(text ? "orderNone" : "noOrders"));
  }

  async function scan(orders) {
    const video = by("video");
    const looker = new self.BarcodeDetector({ formats: ["qr_code"] });
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      by("told").textContent = say("scanBad");
      return;
    }
    const end = () => {
      clearInterval(timer);
      stream.getTracks().forEach((track) => track.stop());
      by("view").hidden = true;
      by("told").textContent = "";
    };
    video.srcObject = stream;
    by("view").hidden = false;
    by("told").textContent = say("scanHold");
    by("stop").onclick = end;
    await video.play();
    const timer = setInterval(async () => {
      const [seen] = await looker.detect(video).catch(() => []);
      if (!seen) return;
      end();
      by("code").value = seen.rawValue;
      offer(orders, seen.rawValue);
    }, LOOK_EVERY_MS);
  }

  function choose(orders) {
    by("find").hidden = false;
    offer(orders, "");
    by("code").addEventListener("input", () => offer(orders, by("code").value));
    if (!("BarcodeDetector" in self) || !navigator.mediaDevices) return;
    by("scan").hidden = false;
    by("scan").addEventListener("click", () => scan(orders));
  }

  self.phone.drawing = (async () => {
    const id = Number(new URLSearchParams(location.search).get("order"));
    const orders = (await section("orders")) || [];
    if (!id) {
      choose(orders);
      return;
    }
    const order = orders.find((one) => one.id === id);
    by("order").replaceChildren(...(order ? [
      make("h2", {}, order.title), make("p", {}, `${order.number} · ${order.level} · ${order.area}`),
      make("p", {}, order.text)] : [make("p", {}, say("orderGone"))]));
    const form = by("repair");
    form.hidden = false;
    if (order && order.cause) form.elements.cause.value = order.cause;
    const now = new Date();
    form.elements.done_at.value = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
    await keepForm(form, {
      kind: "repair", screen: "repair", photos: order && order.needs_photo ? 1 : 0,
      values: (values) => ({ ...values, order_id: id }), label: () => (order ? order.title : String(id)),
    });
  })();
})(self);
