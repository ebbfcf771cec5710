// A list that stays fresh: an element with an id and data-refresh="seconds" is taken anew from
// the page's own address, as long as the page is looked at and nobody works inside the list.
// [data-refresh-with] names by id further parts to take from the same answer.
const LEAST_SECONDS = 15;

function isBusy(list) {
  const inside = document.activeElement;
  return document.hidden ||
    document.querySelector("dialog[open]") !== null ||
    list.querySelector("input:checked:not(details input), details[open]") !== null ||
    (list.contains(inside) && inside.matches("input, select, textarea"));
}

async function pageAgain() {
  const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
  // A redirect is the way to the sign-in page: the list stays as it is.
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function replace(list, fresh) {
  const row = list.querySelector("tr.at")?.dataset.href;
  const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  list.replaceChildren(...fresh.childNodes);
  if (row) list.querySelector(`tr[data-href="${CSS.escape(row)}"]`)?.classList.add("at");
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  list.dispatchEvent(new CustomEvent("cb:replaced", { bubbles: true }));
}

async function refresh(list) {
  if (isBusy(list)) return;
  const page = await pageAgain().catch(() => null);
  const fresh = page?.getElementById(list.id);
  if (!fresh || isBusy(list)) return;
  replace(list, fresh);
  const other = document.getElementById(list.dataset.refreshWith);
  const freshOther = other && page.getElementById(other.id);
  if (freshOther && !other.contains(document.activeElement)) other.replaceChildren(...freshOther.childNodes);
}

export function start(scope) {
  for (const list of scope.querySelectorAll("[data-refresh]")) {
    if (list.dataset.refreshReady) continue;
    list.dataset.refreshReady = "1";
    const seconds = Math.max(LEAST_SECONDS, Number(list.dataset.refresh) || 0);
    setInterval(() => refresh(list), seconds * 1000);
    // A live page that heard of something new does not wait for its turn.
    list.addEventListener("cb:refresh", () => refresh(list));
  }
}
