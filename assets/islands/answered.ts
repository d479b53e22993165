// A command is answered with the page of its case, which saves a second journey over the line: forms marked `data-answered`. The
// address then is that of the page, so that it can be loaded again without the form. Without script the answer leads there.

export function answered(root: Document): void {
  const here = root.querySelector<HTMLElement>("main[data-here]")?.dataset.here;
  if (here) history.replaceState(null, "", here);
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-answered]") || form.elements.namedItem("_answered")) return;
    const field = Object.assign(root.createElement("input"), { type: "hidden", name: "_answered", value: "here" });
    form.append(field);
  });
}
