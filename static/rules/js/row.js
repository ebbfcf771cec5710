// One row: only the fields an operator needs are shown.
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

for (const cell of document.querySelectorAll("[data-cell]")) {
  const operator = cell.querySelector("select[name$=__op]");
  operator.addEventListener("change", () => showParts(cell));
  // Who chooses a value means a condition.
  cell.addEventListener("change", (event) => {
    if (operator.value !== "any" || event.target === operator) return;
    operator.selectedIndex = 1;
    showParts(cell);
  });
  showParts(cell);
}
