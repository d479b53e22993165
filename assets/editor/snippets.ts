// An expert's own sentences in the opinion: `;key` and a blank become the sentence, and one that is chosen stands where the cursor was.
// Without script the button beside the choice sends the form, and the sentence is put behind its section.

function put(field: HTMLTextAreaElement, text: string, from: number, to: number): void {
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function snippets(root: Document): void {
  const choice = root.querySelector<HTMLSelectElement>("select[data-snippets]");
  if (!choice?.form) return;
  // Where the cursor is, is where it goes: the section need not be chosen.
  root.getElementById("into")?.closest<HTMLElement>(".field")?.setAttribute("hidden", "");
  const texts = new Map([...choice.options].map((option) => [option.value, option.dataset.text ?? ""]));
  let last: HTMLTextAreaElement | undefined;
  choice.form.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLTextAreaElement) last = event.target;
  });
  choice.form.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement) || field.selectionStart !== field.selectionEnd) return;
    const at = field.selectionStart;
    const typed = /(?:^|[\s(]);([a-z0-9-]+)\s$/.exec(field.value.slice(0, at));
    const text = typed && texts.get(typed[1]);
    if (typed && text) put(field, text + field.value[at - 1], at - typed[1].length - 2, at);
  });
  choice.form.addEventListener("click", (event) => {
    if ((event.target as Element).closest('button[value="insert_snippet"]') === null) return;
    event.preventDefault();
    const field = last ?? root.querySelector<HTMLTextAreaElement>("#conclusion");
    const text = texts.get(choice.value);
    if (!text || !field) return;
    field.focus();
    put(field, text, field.selectionStart, field.selectionEnd);
  });
}
