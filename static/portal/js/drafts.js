// The store of drafts. A draft whose form was sent is forgotten on the next page that says the
// deed succeeded (a success message); any other answer keeps it.
export const PREFIX = "cb-draft:";
const SENT = "cb-draft-sent";
const KEEP_MS = 7 * 24 * 3600 * 1000;

export function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(PREFIX + key));
    return draft && Date.now() - draft.at < KEEP_MS ? draft : null;
  } catch {
    return null;
  }
}

export function forget(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing was kept.
  }
}

export function markSent(key) {
  try {
    sessionStorage.setItem(SENT, key);
  } catch {
    // The draft is offered once more; harmless.
  }
}

export function forgetTakenDraft() {
  try {
    const key = sessionStorage.getItem(SENT);
    if (key === null || !document.querySelector("#toasts .toast-success")) return;
    forget(key);
    sessionStorage.removeItem(SENT);
  } catch {
    // Without storage there is no draft either.
  }
}
