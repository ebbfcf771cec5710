// A button with data-insert puts its words into the field it names, behind what stands there.
for (const button of document.querySelectorAll("[data-insert]")) {
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.into);
    if (!field) return;
    field.value = [field.value.trim(), button.dataset.insert].filter(Boolean).join("\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}
document.querySelector(".thread")?.scrollTo(0, 1e6);
