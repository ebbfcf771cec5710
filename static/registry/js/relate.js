// A person drawn onto a house chooses both; the relation and its day are still to be confirmed.
const form = document.getElementById("relate");
let person = null;

function choose(name, value) {
  const box = form.querySelector(`input[name="${name}"][value="${value}"]`);
  if (box) box.checked = true;
}

for (const item of form.querySelectorAll("[data-person]")) {
  item.addEventListener("dragstart", (event) => {
    person = item.dataset.person;
    event.dataTransfer.setData("text/plain", person);
    event.dataTransfer.effectAllowed = "link";
  });
}
for (const item of form.querySelectorAll("[data-house]")) {
  item.addEventListener("dragover", (event) => {
    if (person === null) return;
    event.preventDefault();
    item.classList.add("is-over");
  });
  item.addEventListener("dragleave", () => item.classList.remove("is-over"));
  item.addEventListener("drop", (event) => {
    event.preventDefault();
    item.classList.remove("is-over");
    choose("person", person);
    choose("house", item.dataset.house);
    person = null;
    form.querySelector("select[name=kind]").focus();
  });
}
