// A suggested code (`button[name=_take]`, value `field=code`) is put into its field; without script the button sends the form.

export function take(root: Document): void {
  root.addEventListener("click", (event) => {
    const button = (event.target as Element | null)?.closest<HTMLButtonElement>('button[name="_take"]');
    const form = button?.closest("form");
    if (!button || !form) return;
    const at = button.value.indexOf("=");
    const field = form.elements.namedItem(button.value.slice(0, at));
    if (!(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    field.value = button.value.slice(at + 1);
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
