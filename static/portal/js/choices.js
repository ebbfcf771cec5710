// Long lists of boxes: what is ticked comes first, and a few letters narrow the rest.
const LONG = 12;

function nameOf(group) {
  const label = document.body.dataset.textFilter;
  const heading = document.getElementById(group.getAttribute("aria-labelledby"));
  return heading ? `${heading.textContent.trim()} · ${label}` : label;
}

function narrow(group, lines) {
  const box = document.createElement("input");
  box.type = "search";
  box.className = "form-control form-control-sm choices-filter";
  box.placeholder = document.body.dataset.textFilter;
  box.setAttribute("aria-label", nameOf(group));
  // What is ticked stays in sight, whatever is looked for.
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

export function start(scope) {
  const groups = scope.matches?.(".choices") ? [scope] : scope.querySelectorAll(".choices");
  for (const group of groups) {
    const lines = [...group.querySelectorAll("label")].map((line) => line.parentElement);
    // Boxes that depend on another answer are shown and hidden by that.
    if (lines.length <= LONG || group.dataset.long || group.querySelector("[data-under]")) continue;
    group.dataset.long = "";
    for (const line of lines.filter((each) => each.querySelector("input:checked")).reverse()) {
      line.parentElement.prepend(line);
    }
    narrow(group, lines);
  }
}
