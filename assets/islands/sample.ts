// Takes down when a page's large files came, for the viewer to know the line by before its first picture.

/** What the line is worth, bits per second, and when things came by which that is to be found out anew. */
export const [KEPT, SAMPLE] = ["relecture.line", "relecture.line.sample"];
/** Bytes from which a file says something about a line. */
const ENOUGH = 20_000;

/** What is read of an entry of the browser's timing, milliseconds and bytes. */
export type Came = Pick<PerformanceResourceTiming, "requestStart" | "responseStart" | "responseEnd" | "transferSize" | "nextHopProtocol">;

const read = ({ requestStart, responseStart, responseEnd, transferSize, nextHopProtocol }: Came): Came => ({ requestStart, responseStart, responseEnd, transferSize, nextHopProtocol });

/** Everything that came over the line for this page so far; what the browser had kept comes over none. */
export function sofar(): Came[] {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")] as PerformanceResourceTiming[];
  return entries.filter((one) => one.transferSize > 0).map(read);
}

export function learn(): void {
  const scripts = (list: PerformanceObserverEntryList): void => {
    for (const one of list.getEntries() as PerformanceResourceTiming[]) {
      if (one.name.endsWith(".js") && one.transferSize > ENOUGH) sessionStorage.setItem(SAMPLE, JSON.stringify({ came: [read(one)], all: sofar() }));
    }
  };
  new PerformanceObserver(scripts).observe({ type: "resource", buffered: true });
}
