// A file dropped on a field marked `data-drop` is read into it, or, when it is a document, given to the file field that the mark
// names: nothing is sent before the person says so.

export function drop(root: Document): void {
  for (const field of root.querySelectorAll<HTMLTextAreaElement>("textarea[data-drop]")) {
    field.addEventListener("dragover", (event) => event.preventDefault());
    field.addEventListener("drop", (event) => {
      const files = event.dataTransfer?.files;
      const file = files?.[0];
      if (!file) return;
      event.preventDefault();
      const chooser = root.getElementById(field.dataset.drop ?? "");
      if (file.type === "application/pdf" && chooser instanceof HTMLInputElement) chooser.files = files;
      else void file.text().then((text) => (field.value = text));
    });
  }
}
