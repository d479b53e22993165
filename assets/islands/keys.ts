// The keyboard map. Single letters act only when nobody is typing, and can be switched off in the map itself (WCAG 2.1.4).

const OFF = "relecture.keys";

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function follow(name: string): boolean {
  const control = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(name)}"]`);
  // Something to choose from is gone to, anything else is pressed.
  if (control instanceof HTMLSelectElement) control.focus();
  else control?.click();
  return control !== null;
}

/** Selects the row that has the focus, or takes it out again. */
function pick(): boolean {
  const box = document.activeElement?.closest("tr")?.querySelector<HTMLInputElement>("input.pick");
  box?.click();
  return !!box;
}

/** The digit of a key by its place: French keyboards write digits with Shift only. */
function digit(event: KeyboardEvent): string | undefined {
  return event.shiftKey ? undefined : /^Digit(\d)$/.exec(event.code)?.[1];
}

function step(by: number): boolean {
  const rows = [...document.querySelectorAll<HTMLAnchorElement>("a[data-row]")];
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement as HTMLAnchorElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[next]?.focus();
  return true;
}

export function keys(root: Document): void {
  const toggle = root.querySelector<HTMLInputElement>("input[data-keys]");
  if (toggle) {
    toggle.checked = localStorage.getItem(OFF) !== "off";
    toggle.closest("[hidden]")?.removeAttribute("hidden");
    toggle.addEventListener("change", () => localStorage.setItem(OFF, toggle.checked ? "on" : "off"));
  }
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") {
      const form = (event.target as HTMLElement).closest("form");
      form?.requestSubmit(form.querySelector<HTMLButtonElement>("button.first"));
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.altKey || event.metaKey || localStorage.getItem(OFF) === "off") return;
    const done =
      event.key === "j" ? step(1)
      : event.key === "k" ? step(-1)
      : event.key === "x" ? pick()
      : event.key === "/" ? (root.querySelector<HTMLElement>("input[type=search]")?.focus(), true)
      : follow(digit(event) ?? event.key) || follow(event.key);
    if (done) event.preventDefault();
  });
}
