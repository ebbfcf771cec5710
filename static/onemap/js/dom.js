// Small helpers for building parts of the page. Text is always set as text.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "text") element.textContent = value;
    else if (name === "style") Object.assign(element.style, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Runs once nothing more has come for a while; now() does not wait for that.
export function later(run, milliseconds) {
  let timer = 0;
  let waiting = null;
  const now = () => {
    clearTimeout(timer);
    const last = waiting;
    waiting = null;
    last?.();
  };
  const soon = (...values) => {
    clearTimeout(timer);
    waiting = () => run(...values);
    timer = setTimeout(now, milliseconds);
  };
  return Object.assign(soon, { now });
}

// "共 {count} 个" with {count: 3}
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

export function isDark() {
  const theme = document.documentElement.dataset.bsTheme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

// One feature as a card: title, distance, its fields, the way to its page.
export function card(told, words, { onShow } = {}) {
  const facts = make("dl", { class: "map-facts" });
  for (const [label, value] of told.values) {
    facts.append(make("dt", { text: label }), make("dd", { text: value }));
  }
  const head = make("h3", { class: "map-card-title" }, told.title);
  const links = make("p", { class: "map-card-links" });
  if (told.url) links.append(make("a", { class: "btn btn-sm", href: told.url, text: words.open }));
  for (const [label, href] of told.links ?? []) {
    links.append(make("a", { class: "btn btn-sm", href, target: "_blank", rel: "noopener noreferrer", text: label }));
  }
  if (onShow && told.shape) {
    links.append(make("button", { class: "btn btn-sm", type: "button", text: words.locate, onclick: () => onShow(told) }));
  }
  return make("article", { class: "map-card" }, make("p", { class: "map-card-layer", text: told.layer_label }), head, facts, links);
}

// One line of a list of features: title and distance; choosing it shows it on the map.
export function line(told, words, onShow) {
  const button = make("button", { type: "button", class: "map-line", onclick: () => onShow(told) }, make("span", { text: told.title }));
  if (told.distance_m !== null) button.append(make("span", { class: "map-line-far", text: metres(told.distance_m, words) }));
  const item = make("li", {}, button);
  if (told.url) item.append(make("a", { class: "map-line-open", href: told.url, "aria-label": `${words.open} ${told.title}`, text: words.open }));
  return item;
}

export function metres(value, words) {
  if (value >= 10000) return fill(words.kilometres, { n: (value / 1000).toFixed(1) });
  if (value >= 1000) return fill(words.kilometres, { n: (value / 1000).toFixed(2) });
  return fill(words.metres, { n: value < 10 ? value.toFixed(1) : Math.round(value) });
}

export function squareMetres(value, words) {
  if (value >= 1e6) return fill(words.squareKilometres, { n: (value / 1e6).toFixed(2) });
  return fill(words.squareMetres, { n: Math.round(value).toLocaleString() });
}
