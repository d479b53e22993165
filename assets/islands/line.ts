// What the line is worth, by the last large file that came over it: pages of this tab know it before their first picture.

const KEPT = "relecture.line";
/** Bytes from which a file says something about a line. */
const ENOUGH = 20_000;

/** Bits per second by what came last; nothing as long as nothing large has come. */
export function known(): number | undefined {
  const kept = Number.parseFloat(sessionStorage.getItem(KEPT) ?? "");
  return Number.isFinite(kept) ? kept : undefined;
}

export function remember(bitsPerSecond: number): void {
  sessionStorage.setItem(KEPT, String(Math.round(bitsPerSecond)));
}

/** Bits per second of what came together. What passed before its first byte is the way there, not the width of the line. */
export function goodput(came: PerformanceResourceTiming[]): number {
  const began = Math.min(...came.map((one) => one.responseStart));
  const ended = Math.max(...came.map((one) => one.responseEnd));
  const bits = came.reduce((sum, one) => sum + one.transferSize * 8, 0);
  return (bits * 1000) / Math.max(1, ended - began);
}

/** Learns from the scripts of a page; what the browser had kept comes over no line. */
export function learn(): void {
  const scripts = (list: PerformanceObserverEntryList): void => {
    for (const one of list.getEntries() as PerformanceResourceTiming[]) {
      if (one.name.endsWith(".js") && one.transferSize > ENOUGH) remember(goodput([one]));
    }
  };
  new PerformanceObserver(scripts).observe({ type: "resource", buffered: true });
}
