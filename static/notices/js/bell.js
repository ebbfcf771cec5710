/**
 * Keeps the number on the bell right and shows new notices as they come.
 *
 * Listens on a WebSocket; after a lost connection it comes back with growing, scattered waits and
 * reads the number anew. Where no WebSocket gets through (an old proxy), it asks every minute.
 * The database row is the truth: a notice pushed twice is shown once.
 */

const POLL_MS = 60_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const TOAST_MS = 8_000;
const REMEMBERED = 200;

const count = document.getElementById("notice-count");
const seen = new Set();
let failures = 0;
let socket = null;
let started = false;

function socketUrl() {
  const given = document.body.dataset.wsUrl;
  if (given) return given;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}/ws/notices/`;
}

function showCount(unread) {
  if (!count) return;
  count.textContent = unread > 99 ? "99+" : String(unread);
  count.hidden = unread === 0;
}

function isNew(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
  return true;
}

function toastArea() {
  let area = document.getElementById("notice-toasts");
  if (!area) {
    area = document.createElement("div");
    area.id = "notice-toasts";
    area.className = "toast-container position-fixed bottom-0 end-0 p-3";
    area.setAttribute("role", "status");
    area.setAttribute("aria-live", "polite");
    document.body.append(area);
  }
  return area;
}

function showToast(notice) {
  const toast = document.createElement("div");
  toast.className = "toast show";
  const body = document.createElement("div");
  body.className = "toast-body";
  const link = document.createElement("a");
  link.href = `/notices/${Number(notice.id)}/open/`;
  link.textContent = notice.title;
  body.append(link);
  toast.append(body);
  toastArea().append(toast);
  let timer = setTimeout(() => toast.remove(), TOAST_MS);
  // Whoever reads or tabs to it is given time.
  toast.addEventListener("mouseenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("mouseleave", () => {
    timer = setTimeout(() => toast.remove(), TOAST_MS);
  });
}

async function refetch() {
  try {
    const answer = await fetch("/notices/unread/", { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { unread, newest } = await answer.json();
    showCount(unread);
    for (const notice of newest.reverse()) {
      // What was there when the page opened is not news.
      if (isNew(notice.id) && started) showToast(notice);
    }
    started = true;
  } catch {
    // Offline: the next turn tries again.
  }
}

function receive(event) {
  const message = JSON.parse(event.data);
  if (message.type === "page") {
    // Something this page may show has changed; whoever shows it asks for it.
    document.dispatchEvent(new CustomEvent("citybrain:page", { detail: message }));
    return;
  }
  showCount(message.unread);
  if (message.type === "notice" && isNew(message.id)) {
    showToast(message);
    document.body.dispatchEvent(new CustomEvent("notice", { detail: message, bubbles: true }));
  }
}

function connect() {
  socket = new WebSocket(socketUrl());
  socket.addEventListener("open", () => {
    failures = 0;
    refetch();
  });
  socket.addEventListener("message", receive);
  socket.addEventListener("close", (event) => {
    socket = null;
    if (event.code === 4401) return;
    failures += 1;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);
    setTimeout(connect, wait / 2 + (Math.random() * wait) / 2);
  });
}

if (count) {
  refetch();
  connect();
  setInterval(() => {
    const connected = socket !== null && socket.readyState === WebSocket.OPEN;
    if (!connected && !document.hidden) refetch();
  }, POLL_MS);
}
