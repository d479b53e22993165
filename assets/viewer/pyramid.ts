// Which tiles show a view of a slide: the arithmetic of its resolutions.

/** A slide's size, pixels of its finest resolution, and the edge of its tiles. */
export type Pyramid = { width: number; height: number; tile: number };

/**
 * Pixels of the screen that a pixel of the resolution that is fetched may fill at least. On a slow line the nearest resolution is, which
 * at the magnifications of the buttons is the exact one; on a fast one the next finer, four times the tiles.
 */
export const FILLED = { slow: Math.SQRT1_2, fast: 0.5 };

/** The level of the finest resolution: each level is half of the next one. */
export const finest = ({ width, height }: Pyramid): number => Math.ceil(Math.log2(Math.max(width, height)));

/** The level that shows a view of so many pixels of the screen for a pixel of the slide. */
export function levelOf(pyramid: Pyramid, pixels: number, filled: number): number {
  return Math.max(0, Math.min(finest(pyramid), finest(pyramid) - Math.ceil(Math.log2(filled / pixels))));
}

/** The tiles of a level that show a part of the slide, pixels of the finest resolution: `level/column_row`. */
export function tilesOf(pyramid: Pyramid, level: number, [left, top, right, bottom]: [number, number, number, number]): string[] {
  const edge = pyramid.tile * 2 ** (finest(pyramid) - level);
  const range = (from: number, to: number, most: number): number[] => {
    const [first, last] = [Math.max(0, Math.floor(from / edge)), Math.min(Math.ceil(most / edge) - 1, Math.floor(to / edge))];
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
  };
  const columns = range(left, right, pyramid.width);
  return range(top, bottom, pyramid.height).flatMap((row) => columns.map((column) => `${level}/${column}_${row}`));
}
