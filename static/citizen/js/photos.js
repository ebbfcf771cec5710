// Shows the pictures just chosen, before they are sent. Without script they are sent all the same.
for (const input of document.querySelectorAll("[data-photos]")) {
  const list = input.closest(".field").querySelector("[data-photo-preview]");
  const show = () => {
    for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    const shown = [...input.files].slice(0, Number(input.dataset.most)).map((file) => {
      const item = document.createElement("li");
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      item.append(image);
      return item;
    });
    list.replaceChildren(...shown);
    list.hidden = shown.length === 0;
  };
  input.addEventListener("change", show);
  // On a slow line a picture is chosen before this script is there, or kept by the browser on the way back.
  show();
}
