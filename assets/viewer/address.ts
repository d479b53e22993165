// The view in the fragment of the address, which no server sees: a link to it, and the way back to it.
import type { Look, Sight } from "./sight";

export function follow(sight: Sight): void {
  const asked = new URLSearchParams(location.hash.slice(1));
  const numbers = (["x", "y", "pixels", "degrees"] as const)
    .map((name) => [name, Number.parseFloat(asked.get(name) ?? "")] as const)
    .filter(([, value]) => Number.isFinite(value));
  const look: Partial<Look> = Object.fromEntries(numbers);
  sight.viewer.addOnceHandler("open", () => sight.show(look, true));
  sight.onRest(() => {
    const { x, y, pixels, degrees } = sight.look;
    history.replaceState(null, "", `#x=${Math.round(x)}&y=${Math.round(y)}&pixels=${pixels.toPrecision(4)}&degrees=${Math.round(degrees)}`);
  });
}
