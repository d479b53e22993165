// The outlines of what is drawn, in pixels of the slide's finest resolution.
import type { Place } from "./sight";

export type Kind = "point" | "line" | "rectangle" | "ellipse" | "polygon" | "free_hand";

/** With how many points a shape is whole; others end when the person says so. */
export const WHOLE: Partial<Record<Kind, number>> = { point: 1, line: 2, rectangle: 2, ellipse: 2 };
/** With how many points the others may end. */
export const LEAST: Partial<Record<Kind, number>> = { polygon: 3, free_hand: 2 };
/** Most points of a shape, as the server takes them. */
const MOST = 2000;
/** Corners by which an ellipse is shown. */
const CORNERS = 64;

export const closed = (kind: Kind): boolean => kind === "rectangle" || kind === "ellipse" || kind === "polygon";

/** The way along a shape. While one is drawn it may still lack points. */
export function outline(kind: Kind, points: Place[]): Place[] {
  const [one, other] = points;
  if (!one || !other || (kind !== "rectangle" && kind !== "ellipse")) return points;
  if (kind === "rectangle") return [one, { x: other.x, y: one.y }, other, { x: one.x, y: other.y }];
  const [x, y] = [(one.x + other.x) / 2, (one.y + other.y) / 2];
  return Array.from({ length: CORNERS }, (_, at) => {
    const angle = (at / CORNERS) * 2 * Math.PI;
    return { x: x + ((other.x - one.x) / 2) * Math.cos(angle), y: y + ((other.y - one.y) / 2) * Math.sin(angle) };
  });
}

/** A way as SVG draws it. */
export function path(kind: Kind, points: Place[], whole = true): string {
  // A stroke of no length with round ends is a dot.
  if (kind === "point") return points.map(({ x, y }) => `M${x} ${y}h0`).join("");
  const way = outline(kind, points).map(({ x, y }, at) => `${at ? "L" : "M"}${x} ${y}`);
  return way.join("") + (closed(kind) && whole ? "Z" : "");
}

/** Points as the server takes them: on the slide, to a tenth of a pixel, not too many. */
export function sent(points: Place[], width: number, height: number): string {
  const every = Math.ceil(points.length / MOST);
  const within = (value: number, most: number): number => Math.round(Math.min(Math.max(value, 0), most) * 10) / 10;
  return points
    .filter((_, at) => at % every === 0)
    .map(({ x, y }) => `${within(x, width)},${within(y, height)}`)
    .join(" ");
}

export function read(points: string): Place[] {
  return points.split(" ").map((text) => {
    const [x = NaN, y = NaN] = text.split(",").map(Number);
    return { x, y };
  });
}
