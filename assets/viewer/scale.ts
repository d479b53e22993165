// From pixels to micrometres and magnifications, and how a person reads them.

/** Micrometres that a pixel of the screen shows at 1×, by the habit of scanners: 40× is 0.25 µm per pixel. */
const AT_ONE = 10;

const language = document.documentElement.lang;

export const magnificationOf = (micrometres: number): number => AT_ONE / micrometres;

export const micrometresAt = (magnification: number): number => AT_ONE / magnification;

/** The largest of 1, 2 and 5 times a power of ten that is at most `longest`. */
export function round(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest));
  const times = [5, 2, 1].find((one) => one * power <= longest) ?? 1;
  return times * power;
}

export function number(value: number, digits = 3): string {
  return new Intl.NumberFormat(language, { maximumSignificantDigits: digits }).format(value);
}

export function length(micrometres: number): string {
  return micrometres < 1000 ? `${number(micrometres)} µm` : `${number(micrometres / 1000)} mm`;
}

export function area(squareMicrometres: number): string {
  return squareMicrometres < 1e5 ? `${number(squareMicrometres)} µm²` : `${number(squareMicrometres / 1e6)} mm²`;
}
