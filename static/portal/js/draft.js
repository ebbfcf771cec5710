// Nothing typed is ever lost: a form marked data-draft="key" is kept in this browser while it
// is written, offered again when the page is opened anew, and forgotten once the server took it.
import { PREFIX, forget, markSent, read } from "./drafts.js";

function fields(form) {
  return [...form.elements].filter((field) =>
    field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type) &&
    !("draftSkip" in field.dataset));
}

function snapshot(form) {
  return fields(form).map((field) =>
    [field.name, ["checkbox", "radio"].includes(field.type) ? [field.value, field.checked] : field.value]);
}

function restore(form, values) {
  const left = [...values];
  for (const field of fields(form)) {
    const choice = ["checkbox", "radio"].includes(field.type);
    const at = left.findIndex(([name, value]) =>
      name === field.name && (choice ? Array.isArray(value) && value[0] === field.value : !Array.isArray(value)));
    if (at < 0) continue;
    const [, value] = left.splice(at, 1)[0];
    if (choice) field.checked = value[1];
    else field.value = value;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
  for (const field of fields(form)) field.dispatchEvent(new Event("input", { bubbles: true }));
}

function offer(form, key, draft) {
  const banner = document.createElement("div");
  banner.className = "note note-action draft-banner";
  banner.setAttribute("role", "status");
  const words = document.createElement("span");
  const time = new Date(draft.at).toLocaleString(document.documentElement.lang, {
    month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
  });
  words.textContent = document.body.dataset.textDraft.replace("{time}", time);
  const take = document.createElement("button");
  take.type = "button";
  take.className = "btn btn-sm btn-primary";
  take.textContent = document.body.dataset.textDraftTake;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn-sm";
  drop.textContent = document.body.dataset.textDraftDrop;
  take.addEventListener("click", () => { restore(form, draft.values); banner.remove(); });
  drop.addEventListener("click", () => { forget(key); banner.remove(); });
  banner.append(words, take, drop);
  form.prepend(banner);
}

function keep(form, key) {
  const before = JSON.stringify(snapshot(form));
  const kept = read(key);
  if (kept && JSON.stringify(kept.values) !== before) offer(form, key, kept);
  let waiting = 0;
  let dirty = false;
  let sent = false;
  const save = () => {
    waiting = 0;
    try {
      localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), values: snapshot(form) }));
    } catch {
      // The store is full or closed: leaving still asks first.
    }
  };
  form.addEventListener("input", (event) => {
    if (!event.isTrusted) return;
    dirty = JSON.stringify(snapshot(form)) !== before;
    clearTimeout(waiting);
    waiting = setTimeout(save, 300);
  });
  form.addEventListener("submit", () => { sent = true; save(); markSent(key); });
  addEventListener("pagehide", () => { if (waiting) save(); });
  addEventListener("beforeunload", (event) => {
    if (dirty && !sent) event.preventDefault();
  });
}

export function start(scope) {
  const forms = scope.matches?.("form[data-draft]") ? [scope] : scope.querySelectorAll("form[data-draft]");
  for (const form of forms) {
    if (form.dataset.draftReady) continue;
    form.dataset.draftReady = "1";
    keep(form, form.dataset.draft);
  }
}
