// A draft that the server keeps in passing: forms marked `data-save`. What is typed while one is on its way is kept after it, and a
// button that is pressed meanwhile waits for it, so that no form is overtaken by its own copy.

/** Whether a form is kept by this request, rather than something looked up for it. */
function keeps(event: Event): boolean {
  const { ctx } = (event as CustomEvent<{ ctx?: { request?: { method?: string } } }>).detail ?? {};
  return ctx?.request?.method?.toUpperCase() === "POST";
}

/** The button that was pressed, or the one that took its place while its form was being kept; nothing when there is none any more. */
function now(form: HTMLFormElement, pressed: HTMLElement | null): HTMLElement | null | undefined {
  if (pressed === null || pressed.isConnected) return pressed;
  const { name, value } = pressed as HTMLButtonElement;
  return [...form.querySelectorAll("button")].find((button) => button.name === name && button.value === value);
}

export function passing(root: Document): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-save]")) {
    const again = () => form.dispatchEvent(new Event("input", { bubbles: true }));
    let [busy, typed, failed] = [false, false, false];
    let pressed: HTMLElement | null | undefined;
    form.addEventListener("input", () => (typed = true));
    form.addEventListener("htmx:before:request", (event) => {
      if (keeps(event)) [busy, typed, failed] = [true, false, false];
    });
    form.addEventListener("htmx:finally:request", (event) => {
      if (!keeps(event)) return;
      busy = false;
      const button = pressed === undefined ? undefined : now(form, pressed);
      pressed = undefined;
      if (button !== undefined) form.requestSubmit(button);
      else if (typed) again();
    });
    form.addEventListener("submit", (event) => {
      if (!busy) return;
      event.preventDefault();
      pressed = event.submitter;
      pressed?.setAttribute("aria-busy", "true");
    });
    // The server cannot be reached: it is said where it says that it keeps the draft, and tried again when the line is back.
    form.addEventListener("htmx:error", () => {
      failed = true;
      const said = root.querySelector("#kept");
      if (said && form.dataset.offline) said.textContent = form.dataset.offline;
    });
    addEventListener("online", () => failed && again());
  }
}
