// The editor of a listener: long lists of boxes can be filtered, also after the form was redrawn.
const label = document.getElementById("listener-script").dataset.filterLabel;
const LONG = 12;

// What is ticked stays in sight, whatever is looked for.
function addFilter(group) {
  const lines = [...group.querySelectorAll("label")].map((line) => line.parentElement);
  if (lines.length <= LONG || group.dataset.filtered) return;
  group.dataset.filtered = "1";
  const box = document.createElement("input");
  box.type = "search";
  box.className = "form-control form-control-sm choices-filter";
  box.placeholder = label;
  box.setAttribute("aria-label", `${group.closest(".field").querySelector(".field-label").textContent.trim()}：${label}`);
  box.addEventListener("input", () => {
    const words = box.value.trim().toLowerCase();
    for (const line of lines) {
      const ticked = line.querySelector("input").checked;
      line.hidden = !ticked && !line.textContent.toLowerCase().includes(words);
    }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  group.before(box);
}

function start() {
  document.querySelectorAll("#listener-form .choices").forEach(addFilter);
}

document.body.addEventListener("htmx:afterSettle", start);
start();
