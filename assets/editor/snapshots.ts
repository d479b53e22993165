// A snapshot that was taken in another window stands in the opinion when its person comes back to it; what they have typed stays.

async function look(form: HTMLFormElement): Promise<void> {
  const answer = await fetch(form.dataset.snapshots ?? "").catch(() => undefined);
  if (!answer?.ok) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  const list = form.querySelector("ul.snapshots");
  for (const item of part.querySelectorAll<HTMLElement>("[data-snapshot]")) {
    if (form.querySelector(`[data-snapshot="${item.dataset.snapshot}"]`)) continue;
    list?.append(item);
    // The draft has another part now, to be kept like what is typed.
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export function snapshots(root: Document): void {
  const form = root.querySelector<HTMLFormElement>("form[data-snapshots]");
  if (!form) return;
  root.addEventListener("visibilitychange", () => root.visibilityState === "visible" && void look(form));
  addEventListener("focus", () => void look(form));
}
