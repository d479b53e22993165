// How a slide was read: for how long it was in sight of somebody who was there, how near, and in which quality. It goes to the record of the view.
import type { Quality } from "./quality";
import type { Sight } from "./sight";

/** After so long without a move nobody is taken to be reading. */
const THERE = 60_000;
const EVERY = 1_000;

export function evidence(sight: Sight, quality: Quality, address: string, token: string): void {
  let [seconds, light, finest, moved] = [0, 0, Infinity, performance.now()];
  for (const event of ["pointermove", "keydown", "wheel"] as const) addEventListener(event, () => (moved = performance.now()), { passive: true });
  sight.onRest(() => {
    const { micrometres, pixels } = sight;
    if (micrometres) finest = Math.min(finest, micrometres.x / pixels);
  });
  setInterval(() => {
    if (document.visibilityState !== "visible" || performance.now() - moved >= THERE) return;
    seconds += 1;
    if (quality.seenLight) light += 1;
  }, EVERY);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || seconds === 0) return;
    const told = new URLSearchParams({ _token: token, seconds: String(seconds), light_seconds: String(light) });
    if (Number.isFinite(finest)) told.set("nanometres", String(Math.round(finest * 1000)));
    if (navigator.sendBeacon(address, told)) [seconds, light] = [0, 0];
  });
}
