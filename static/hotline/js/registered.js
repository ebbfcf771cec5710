// The receipt: copies the number, says so.

document.querySelectorAll("[data-copy]").forEach((button) => {
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      button.textContent = button.dataset.textCopied;
    } catch {
      // Without the clipboard (plain http): select the number, Ctrl+C does the rest.
      getSelection().selectAllChildren(source);
    }
  });
});
document.querySelector("[data-next]")?.focus();
