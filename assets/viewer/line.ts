// What the line is worth, by what came over it last: pages of this tab know it before their first picture.
//
// A server sends little at first and waits for word of it before it sends more, twice as much each round trip (slow start). On a fast
// line from far away most of the time of a first file is that waiting, and bytes by seconds would make it a slow one. So it is asked
// which line would have taken as long with the same waiting.

import { KEPT, SAMPLE, type Came } from "../islands/sample";

/** Bytes that a server sends before it has heard anything (RFC 6928). */
const FIRST_WINDOW = 10 * 1460;
/** Connections over which a browser asks one server at a time where they cannot carry several things at once. */
const CONNECTIONS = 6;
/** A server that sends nothing for a round trip and so long begins anew, milliseconds. */
const PATIENCE = 200;
/** The lines that are told apart, bits per second. */
const [SLOWEST, FASTEST] = [16_000, 100_000_000];
/** Bits per second below which a line is slow: one of two megabits is, whatever else passes over it. */
export const SLOW = 2_500_000;
/** By how much the time that something takes has to differ between a slow and a fast line to tell them apart, milliseconds. */
const TELLING = 60;

/** Bits per second by what came last; nothing as long as nothing has come that tells anything. */
export function known(): number | undefined {
  const sample = sessionStorage.getItem(SAMPLE);
  if (sample) {
    const { came, all } = JSON.parse(sample) as { came: Came[]; all: Came[] };
    remember(worth(came, all));
    sessionStorage.removeItem(SAMPLE);
  }
  const kept = Number.parseFloat(sessionStorage.getItem(KEPT) ?? "");
  return Number.isFinite(kept) ? kept : undefined;
}

export function remember(bitsPerSecond: number | undefined): void {
  if (bitsPerSecond !== undefined) sessionStorage.setItem(KEPT, String(Math.round(bitsPerSecond)));
}

type Line = { downlink?: number; saveData?: boolean };

/** Whether the line is slow, by what came over it before or else by the browser's word. */
export function slowSoFar(): boolean {
  const line = (navigator as Navigator & { connection?: Line }).connection;
  return line?.saveData === true || (known() ?? (line?.downlink ?? Infinity) * 1e6) < SLOW;
}

/** How long, from the first byte to the last, so many bytes take on a line: milliseconds. `window` is what the server sends at once. */
export function taking(bytes: number, bitsPerSecond: number, roundTrip: number, window: number): number {
  const perByte = 8000 / bitsPerSecond;
  let [left, at, time] = [bytes, window, 0];
  while (left > at && at * perByte < roundTrip) {
    left -= at;
    time += roundTrip;
    at *= 2;
  }
  return time + left * perByte;
}

/** The least that went by between asking and hearing: the way there and back, with a little of the server's time. */
function roundTripOf(all: Came[]): number {
  const trips = all.filter((one) => one.requestStart > 0 && one.transferSize > 0).map((one) => one.responseStart - one.requestStart);
  return trips.length > 0 ? Math.max(0, Math.min(...trips)) : 0;
}

/** Bytes that came just before, without a pause: by so much the server's window has grown already. */
function carried(before: Came[], until: number, patience: number): number {
  let [bytes, next] = [0, until];
  for (const one of [...before].sort((a, b) => b.responseEnd - a.responseEnd)) {
    if (one.responseEnd > until) continue;
    if (next - one.responseEnd > patience) break;
    bytes += one.transferSize;
    next = Math.min(next, one.requestStart || one.responseStart);
  }
  return bytes;
}

/** These, and what was still coming when they were asked for: the line carried all of it without a pause. */
function together(came: Came[], all: Came[]): Came[] {
  const burst = [...came];
  const same = (one: Came, other: Came): boolean => one.responseStart === other.responseStart && one.responseEnd === other.responseEnd;
  for (const one of [...all].sort((a, b) => b.responseEnd - a.responseEnd)) {
    const asked = Math.min(...burst.map(({ requestStart, responseStart }) => requestStart || responseStart));
    const ended = Math.max(...burst.map(({ responseEnd }) => responseEnd));
    if (one.responseEnd > asked && one.responseEnd <= ended && !burst.some((other) => same(one, other))) burst.push(one);
  }
  return burst;
}

/** Bits per second of the line over which these came together, if that tells anything; `all` is what else came in the page. */
export function worth(asked: Came[], all: Came[] = asked): number | undefined {
  const came = together(asked, all);
  const began = Math.min(...came.map((one) => one.responseStart));
  const took = Math.max(1, Math.max(...came.map((one) => one.responseEnd)) - began);
  const bytes = came.reduce((sum, one) => sum + one.transferSize, 0);
  const roundTrip = roundTripOf([...all, ...came]);
  const connections = came.some((one) => one.nextHopProtocol === "http/1.1") ? Math.min(CONNECTIONS, came.length) : 1;
  const window = connections * FIRST_WINDOW + carried(all, began, roundTrip + PATIENCE);
  const [longest, shortest] = [SLOW, FASTEST].map((one) => taking(bytes, one, roundTrip, window)) as [number, number];
  if (Math.max(longest, took) - shortest < TELLING) return undefined;
  let [slow, fast] = [SLOWEST, FASTEST];
  while (fast / slow > 1.01) {
    const middle = Math.sqrt(slow * fast);
    if (taking(bytes, middle, roundTrip, window) > took) slow = middle;
    else fast = middle;
  }
  return fast;
}
