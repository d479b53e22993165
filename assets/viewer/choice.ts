// Whether somebody chose the light view, or the original, in this browser.
const CHOSEN = "relecture.light";

/** What the person chose; nothing when they never did, and the line decides. */
export function chosen(): boolean | undefined {
  const choice = localStorage.getItem(CHOSEN);
  return choice === null ? undefined : choice === "on";
}

export function choose(on: boolean): void {
  localStorage.setItem(CHOSEN, on ? "on" : "off");
}
