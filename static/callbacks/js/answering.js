// Ctrl+Enter sends the form from any field, so a caller's hands stay on the keyboard.
const form = document.querySelector("[data-callback-form]");
form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
