// A file dropped on a field marked `data-drop` is read into it: nothing is sent before the person says so.

export function drop(root: Document): void {
  for (const field of root.querySelectorAll<HTMLTextAreaElement>("textarea[data-drop]")) {
    field.addEventListener("dragover", (event) => event.preventDefault());
    field.addEventListener("drop", (event) => {
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      void file.text().then((text) => (field.value = text));
    });
  }
}
