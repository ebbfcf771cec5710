// Rows of a form: one more is a copy of the blank one, numbered on.
for (const group of document.querySelectorAll("[data-rows]")) {
  const total = group.querySelector("input[name$='-TOTAL_FORMS']");
  const blank = group.querySelector("template");
  const most = Number(group.querySelector("input[name$='-MAX_NUM_FORMS']").value);
  const button = group.querySelector("[data-add-row]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const number = Number(total.value);
    const holder = document.createElement("div");
    holder.innerHTML = blank.innerHTML.replaceAll("__prefix__", number);
    const row = holder.firstElementChild;
    button.before(row);
    total.value = number + 1;
    button.disabled = number + 1 >= most;
    row.dispatchEvent(new Event("change", { bubbles: true }));
    row.querySelector("input:not([type=hidden]), select")?.focus();
  });
}
