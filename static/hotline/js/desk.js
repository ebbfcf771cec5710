// The desk: saves while typing, asks for hints, turns the class list into a type-ahead,
// connects places and map, and gives every step a key. Without it the form still registers.
//
// Keys: F2 take the call, F4 class, F8 place, F9 answer directly, Ctrl+Enter register and accept.

const SAVE_AFTER_MS = 1500;
const HINTS_AFTER_MS = 500;
const HINT_FIELDS = new Set(["text", "title", "class_code", "lon", "lat"]);

const desk = document.querySelector("[data-desk]");
const form = document.querySelector("[data-desk-form]");
const field = (name) => form.elements.namedItem(name);

function later(work, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}

// --- Nothing typed is lost -------------------------------------------------------------

const status = form.querySelector("[data-draft-status]");
let sent = false;
let dirty = false;

function typed() {
  const data = new FormData(form);
  data.delete("file");
  return data;
}

async function save() {
  if (sent || !dirty) return;
  dirty = false;
  try {
    const answer = await fetch(desk.dataset.draftUrl, { method: "POST", body: typed(), keepalive: true });
    if (!answer.ok) throw new Error(String(answer.status));
    const result = await answer.json();
    status.textContent = result.text || "";
    status.classList.remove("text-red");
  } catch {
    dirty = true;
    status.textContent = desk.dataset.textUnsaved;
    status.classList.add("text-red");
    saveSoon();
  }
}

const saveSoon = later(save, SAVE_AFTER_MS);
const wantHints = later(() => document.body.dispatchEvent(new Event("hints-wanted")), HINTS_AFTER_MS);

function touched(event) {
  dirty = true;
  saveSoon();
  if (HINT_FIELDS.has(event.target.name)) wantHints();
}

form.addEventListener("input", touched);
form.addEventListener("change", touched);
document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
// Coming back with the browser's arrow shows the form again: it may be sent again then; the
// server knows its token and gives the same case.
addEventListener("pageshow", () => { sent = false; });

form.querySelector("[data-park]").addEventListener("click", async (event) => {
  event.preventDefault();
  const { href } = event.currentTarget;
  await save();
  location.href = href;
});

// --- Title from the first sentence, until the agent writes an own one ---------------------

const text = field("text");
const title = field("title");
let ownTitle = title.value !== "" && title.value !== firstSentence(text.value);

function firstSentence(words) {
  const sentence = words.trim().split(/[。！？!?；;\n]/u)[0];
  return sentence.length > 40 ? `${sentence.slice(0, 39)}…` : sentence;
}

title.addEventListener("input", () => { ownTitle = title.value !== ""; });
text.addEventListener("input", () => { if (!ownTitle) title.value = firstSentence(text.value); });

const counter = form.querySelector("[data-count-for=id_text]");
function count() {
  const length = [...text.value].length;
  counter.textContent = length ? `${length} / ${counter.dataset.max}` : "";
  counter.classList.toggle("text-red", length > Number(counter.dataset.max));
}
text.addEventListener("input", count);
count();

// --- Class: a list that is filtered by label, code or pinyin initials -----------------------

class ClassChoice {
  constructor(box) {
    this.select = box.querySelector("select");
    this.options = [...this.select.options].filter((option) => option.value);
    this.input = document.createElement("input");
    this.input.className = this.select.className.replace("form-select", "form-control");
    this.input.id = "class-choice";
    this.input.placeholder = box.dataset.placeholder;
    Object.entries({
      role: "combobox", autocomplete: "off", "aria-expanded": "false", "aria-autocomplete": "list",
      "aria-controls": "class-choices", "aria-describedby": this.select.getAttribute("aria-describedby") || "",
    }).forEach(([name, value]) => value && this.input.setAttribute(name, value));
    this.list = document.createElement("ul");
    this.list.id = "class-choices";
    this.list.className = "desk-choices";
    this.list.setAttribute("role", "listbox");
    this.list.hidden = true;
    box.querySelector("[data-class-label]").htmlFor = "class-choice";
    this.select.before(this.input, this.list);
    this.select.hidden = true;
    this.showChosen();
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("input", (event) => { event.stopPropagation(); this.open(this.input.value); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => { this.close(); this.showChosen(); });
    this.select.addEventListener("change", () => this.showChosen());
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const item = event.target.closest("[data-value]");
      if (item) this.choose(item.dataset.value);
    });
  }

  showChosen() {
    const option = this.select.selectedOptions[0];
    this.input.value = option?.value ? option.textContent.trim() : "";
  }

  matches(words) {
    const wanted = words.trim().toLowerCase();
    if (!wanted) return this.options;
    const rank = (option) => {
      const label = option.textContent.toLowerCase();
      if (option.dataset.initials.startsWith(wanted) || label.startsWith(wanted)) return 0;
      if (option.value.startsWith(wanted)) return 1;
      return label.includes(wanted) || option.value.includes(wanted) || option.dataset.initials.includes(wanted) ? 2 : 3;
    };
    return this.options.map((option) => [rank(option), option]).filter(([r]) => r < 3)
      .sort((a, b) => a[0] - b[0]).map(([, option]) => option);
  }

  open(words) {
    const found = this.matches(words);
    this.list.replaceChildren(...found.map((option, index) => {
      const item = document.createElement("li");
      item.id = `class-choice-${index}`;
      item.setAttribute("role", "option");
      item.dataset.value = option.value;
      item.textContent = `${option.textContent.trim()}  ${option.value}`;
      return item;
    }));
    if (!found.length) {
      const none = document.createElement("li");
      none.className = "text-secondary";
      none.textContent = desk.dataset.textNoClass;
      this.list.append(none);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(found.length ? 0 : -1);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  mark(index) {
    const items = [...this.list.querySelectorAll("[data-value]")];
    this.at = Math.max(-1, Math.min(index, items.length - 1));
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === this.at)));
    if (this.at >= 0) {
      this.input.setAttribute("aria-activedescendant", items[this.at].id);
      items[this.at].scrollIntoView({ block: "nearest" });
    }
  }

  key(event) {
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) this.mark(this.at + (event.key === "ArrowDown" ? 1 : -1));
      else this.open("");
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      if (isOpen) this.take();
    } else if (event.key === "Tab" && isOpen && this.input.value.trim()) {
      this.take();
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.close();
      this.showChosen();
    }
  }

  take() {
    const item = this.list.querySelectorAll("[data-value]")[this.at];
    if (item) this.choose(item.dataset.value);
  }

  choose(value) {
    this.select.value = value;
    this.close();
    this.showChosen();
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

const classChoice = new ClassChoice(form.querySelector("[data-class-choice]"));

// A class the model is sure of is filled in where nobody has chosen; what a person chose, or took
// out again, is never overruled.
let isFilling = false;
let isChosen = Boolean(classChoice.select.value);
classChoice.select.addEventListener("change", () => { isChosen ||= !isFilling; });
document.body.addEventListener("htmx:afterSettle", () => {
  const sure = form.querySelector("[data-class-code][data-fills]");
  if (!sure || isChosen || classChoice.select.value === sure.dataset.classCode) return;
  isFilling = true;
  classChoice.choose(sure.dataset.classCode);
  isFilling = false;
});

// --- Places --------------------------------------------------------------------------------

function setPlace(lon, lat) {
  field("lon").value = lon;
  field("lat").value = lat;
  const details = form.querySelector(".desk-map");
  const canvas = details.querySelector("[data-map]");
  details.open = true;
  if (canvas.leafletMap) {
    canvas.leafletMap.invalidateSize();
    canvas.leafletMap.setView([lat, lon], 17);
    canvas.picker?.pick(window.L.latLng(lat, lon));
  } else {
    field("lon").dispatchEvent(new Event("change", { bubbles: true }));
  }
}

form.querySelector(".desk-map").addEventListener("toggle", (event) => {
  event.currentTarget.querySelector("[data-map]")?.leafletMap?.invalidateSize();
});

// --- What appears beside the form ------------------------------------------------------------

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-place]");
  if (place) {
    setPlace(Number(place.dataset.lon), Number(place.dataset.lat));
    form.querySelectorAll("[data-place]").forEach((other) => other.classList.toggle("btn-primary", other === place));
  }
  const proposal = event.target.closest("[data-class-code]");
  if (proposal) classChoice.choose(proposal.dataset.classCode);
  const article = event.target.closest("[data-article]");
  if (article) quote(article);
  const draft = event.target.closest("[data-answer-draft]");
  if (draft) useDraft(draft);
});

function quote(button) {
  field("answer").value = button.closest("details").querySelector("[data-article-body]").innerText.trim();
  field("article_id").value = button.dataset.article;
  field("cited").value = "";
  field("answer").dispatchEvent(new Event("input", { bubbles: true }));
  openAnswer();
}

// The sentences go into the form; only a person sends them.
function useDraft(button) {
  const drafted = button.parentElement.querySelector("[data-answer-text]").innerText.trim();
  const typed = field("answer").value.trim();
  field("answer").value = typed ? `${typed}\n${drafted}` : drafted;
  field("cited").value = button.dataset.answerDraft;
  field("machine_draft").value = button.dataset.machineDraft ?? "";
  field("answer").dispatchEvent(new Event("input", { bubbles: true }));
  openAnswer();
}

function openAnswer() {
  form.querySelector("[data-answer]").open = true;
  field("answer").focus();
}

field("answer").addEventListener("input", (event) => {
  if (!event.target.value) field("article_id").value = field("cited").value = field("machine_draft").value = "";
});

// --- Files are kept as soon as they are chosen ---------------------------------------------------

const chooser = form.querySelector("[data-upload]");
chooser.addEventListener("change", async () => {
  if (!chooser.files.length) return;
  try {
    const answer = await fetch(chooser.dataset.upload, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new Error(String(answer.status));
    const list = document.getElementById("desk-files");
    list.innerHTML = await answer.text();
    window.htmx?.process(list);
    chooser.value = "";
  } catch {
    // The files stay chosen and are sent with the form.
    status.textContent = desk.dataset.textUnsaved;
  }
});

// --- Keys --------------------------------------------------------------------------------------

const KEYS = {
  F2: () => document.querySelector("[data-take-call]")?.click(),
  F4: () => classChoice.input.focus(),
  F8: () => field("address").focus(),
  F9: openAnswer,
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    const answering = form.querySelector("[data-answer]").contains(document.activeElement);
    form.querySelector(`[name=then][value=${answering ? "answer" : "accept"}]`).click();
    return;
  }
  if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});

// Enter in a one-line field goes on to the next one instead of sending half a form.
form.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.key !== "Enter" || event.ctrlKey || target.tagName !== "INPUT" || target.type === "file") return;
  if (target.getAttribute("role") === "combobox") return;
  event.preventDefault();
  const fields = [...form.elements].filter((e) => e.offsetParent && !e.disabled && e.type !== "hidden");
  fields[fields.indexOf(target) + 1]?.focus();
});

// --- The telephone -------------------------------------------------------------------------------

document.addEventListener("citybrain:page", (event) => {
  if (event.detail.topic === "call") document.body.dispatchEvent(new Event("call-changed"));
});

if (!form.querySelector("[aria-invalid=true]") && !document.querySelector("[data-error-summary]")) {
  (field("reporter_name").value ? text : field("reporter_name")).focus();
}
