// Offers the components and open events around the chosen point.
const box = document.querySelector("[data-near]");
const form = box?.closest("form");

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function list(title, rows) {
  const items = element("ul", "", "near-list");
  for (const row of rows) {
    const item = document.createElement("li");
    item.append(row);
    items.append(item);
  }
  box.append(element("p", title, "form-hint mb-0"), items);
}

function assetButton(asset) {
  const metres = `${asset.distance_m} ${box.dataset.textMetres}`;
  const button = element("button", `${asset.kind} · ${asset.name} · ${metres}`, "btn");
  button.type = "button";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    for (const other of box.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
    const chosen = form.elements.asset_id.value !== String(asset.id);
    form.elements.asset_id.value = chosen ? asset.id : "";
    button.setAttribute("aria-pressed", String(chosen));
    const known = form.elements.class_code.querySelector(`option[value="${asset.class_code}"]`);
    if (chosen && known) form.elements.class_code.value = asset.class_code;
  });
  return button;
}

function eventLink(event) {
  const metres = `${event.distance_m} ${box.dataset.textMetres}`;
  const link = element("a", `${event.title} · ${event.state} · ${metres}`);
  link.href = event.url;
  return link;
}

let asked = "";
async function look() {
  const { lon, lat } = form.elements;
  const wanted = lon.value && lat.value ? `?lon=${lon.value}&lat=${lat.value}` : "";
  if (!wanted || wanted === asked) return;
  asked = wanted;
  const answer = await fetch(box.dataset.url + wanted, { headers: { Accept: "application/json" } });
  if (!answer.ok || wanted !== asked) return;
  const found = await answer.json();
  box.replaceChildren();
  form.elements.asset_id.value = "";
  if (found.assets.length) list(box.dataset.textAssets, found.assets.map(assetButton));
  if (found.events.length) list(box.dataset.textEvents, found.events.map(eventLink));
}

if (form) {
  form.addEventListener("map:pick", look);
  look();
}
