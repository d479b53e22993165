// A bar of a round length in the corner. It lies along the screen, so that it holds however the slide is turned.
import { length, round } from "./scale";
import type { Sight } from "./sight";

/** Its longest, pixels of the screen. */
const LONGEST = 160;

export function scalebar(sight: Sight, bar: HTMLElement): void {
  const across = sight.micrometres?.x;
  if (across === undefined) return;
  bar.hidden = false;
  sight.onMove(() => {
    const pixel = across / sight.pixels;
    const micrometres = round(LONGEST * pixel);
    bar.style.width = `${micrometres / pixel}px`;
    bar.textContent = length(micrometres);
  });
}
