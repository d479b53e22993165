// What is typed survives a lost connection, an expired session and a closed tab: forms marked `data-keep` are copied into the
// tab's own storage at each input, and given back when the same form is shown again unsent. The server keeps drafts beside.

const PREFIX = "relecture.keep.";

type Kept = { version: string; fields: [string, string][] };

function fields(form: HTMLFormElement): [string, string][] {
  return [...new FormData(form)].filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && !entry[0].startsWith("_"),
  );
}

/** The name of a form's copy and the version it is typed on: both change when the server keeps the form in passing. */
function named(form: HTMLFormElement): { key: string; version: string } {
  const version = form.querySelector<HTMLInputElement>('input[name="_version"]');
  return { key: PREFIX + (version?.dataset.keep ?? form.dataset.keep), version: version?.value ?? form.dataset.version ?? "" };
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

/** Gives back what was typed and not kept; where the form was changed elsewhere since, only when its person says so. */
function restore(root: Document, form: HTMLFormElement): void {
  const { key, version } = named(form);
  const stored = sessionStorage.getItem(key);
  if (!stored) return;
  const kept = JSON.parse(stored) as Kept;
  const offer = root.querySelector<HTMLElement>(`[data-kept="${form.dataset.keep}"]`);
  if (JSON.stringify(kept.fields) === JSON.stringify(fields(form))) sessionStorage.removeItem(key);
  else if (kept.version === version) give(form, kept);
  else if (offer) {
    offer.hidden = false;
    offer.querySelector("button")?.addEventListener("click", () => (give(form, kept), (offer.hidden = true)));
  }
}

export function keep(root: Document): void {
  // Only the server's own word that it has it makes the copy go; logging out takes them all.
  for (const element of root.querySelectorAll<HTMLElement>("[data-settled]")) sessionStorage.removeItem(PREFIX + element.dataset.settled);
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-keep]")) {
    restore(root, form);
    let last = named(form).key;
    const store = () => {
      const { key, version } = named(form);
      if (key !== last) sessionStorage.removeItem(last);
      last = key;
      sessionStorage.setItem(key, JSON.stringify({ version, fields: fields(form) } satisfies Kept));
    };
    form.addEventListener("input", store);
    root.addEventListener("htmx:after:swap", () => named(form).key !== last && store());
  }
  root.querySelector('form[action="/logout"]')?.addEventListener("submit", () => sessionStorage.clear());
}
