// What is typed survives a lost connection, an expired session and a closed tab: forms marked `data-keep` are copied into the
// tab's own storage at each input, and given back when the same form is shown again unsent. The server keeps drafts beside.

const PREFIX = "relecture.keep.";

type Kept = { version: string; fields: [string, string][] };

function fields(form: HTMLFormElement): [string, string][] {
  return [...new FormData(form)].filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && !entry[0].startsWith("_"),
  );
}

function give(form: HTMLFormElement, kept: Kept): void {
  const names = new Set(kept.fields.map(([name]) => name));
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement)) continue;
    if (!element.name || element.name.startsWith("_")) continue;
    if (element instanceof HTMLInputElement && (element.type === "checkbox" || element.type === "radio")) {
      element.checked = kept.fields.some(([name, value]) => name === element.name && value === element.value);
    } else if (names.has(element.name)) {
      const value = kept.fields.find(([name]) => name === element.name);
      if (value) element.value = value[1];
    }
  }
}

export function keep(root: Document): void {
  // Only the server's own word that it has it makes the copy go; logging out takes them all.
  for (const element of root.querySelectorAll<HTMLElement>("[data-settled]")) sessionStorage.removeItem(PREFIX + element.dataset.settled);
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-keep]")) {
    const key = PREFIX + form.dataset.keep;
    const version = form.dataset.version ?? "";
    const stored = sessionStorage.getItem(key);
    const before = JSON.stringify(fields(form));
    if (stored) {
      const kept = JSON.parse(stored) as Kept;
      const offer = root.querySelector<HTMLElement>(`[data-kept="${form.dataset.keep}"]`);
      if (JSON.stringify(kept.fields) === before) sessionStorage.removeItem(key);
      else if (kept.version === version) give(form, kept);
      else if (offer) {
        // Saved elsewhere since: nobody's work is put over somebody else's without a word.
        offer.hidden = false;
        offer.querySelector("button")?.addEventListener("click", () => (give(form, kept), (offer.hidden = true)));
      }
    }
    form.addEventListener("input", () => {
      sessionStorage.setItem(key, JSON.stringify({ version, fields: fields(form) } satisfies Kept));
    });
  }
  root.querySelector('form[action="/logout"]')?.addEventListener("submit", () => sessionStorage.clear());
}
