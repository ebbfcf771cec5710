// One row: only the fields an operator needs are shown, and long lists can be filtered.
const label = document.getElementById("rule-row-script").dataset.filterLabel;
const LONG = 12;

const NEEDED = {
  any: [],
  empty: [],
  between: ["lo", "lo_open", "hi", "hi_open"],
};

function showParts(cell) {
  const operator = cell.querySelector("select[name$=__op]");
  const needed = NEEDED[operator.value];
  for (const part of cell.querySelectorAll("[data-part]")) {
    const name = part.dataset.part.split("__").pop();
    const ofInterval = NEEDED.between.includes(name);
    part.hidden = needed ? !needed.includes(name) : ofInterval;
  }
}

// What is ticked stays in sight, whatever is looked for.
function addFilter(group, lines) {
  const box = document.createElement("input");
  box.type = "search";
  box.className = "form-control form-control-sm mb-1";
  box.placeholder = label;
  box.setAttribute("aria-label", label);
  const show = () => {
    const words = box.value.trim().toLowerCase();
    for (const line of lines) {
      const ticked = line.querySelector("input").checked;
      line.hidden = !ticked && !line.textContent.toLowerCase().includes(words);
    }
  };
  box.addEventListener("input", show);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  group.before(box);
}

for (const cell of document.querySelectorAll("[data-cell]")) {
  const operator = cell.querySelector("select[name$=__op]");
  operator.addEventListener("change", () => showParts(cell));
  for (const group of cell.querySelectorAll(".choices")) {
    const lines = [...group.querySelectorAll("label")].map((line) => line.parentElement);
    lines.filter((line) => line.querySelector("input:checked")).reverse().forEach((line) => {
      line.parentElement.prepend(line);
    });
    if (lines.length > LONG) addFilter(group, lines);
  }
  // Who chooses a value means a condition.
  cell.addEventListener("change", (event) => {
    if (operator.value !== "any" || event.target === operator) return;
    operator.selectedIndex = 1;
    showParts(cell);
  });
  showParts(cell);
}
