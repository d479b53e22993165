// A page brings its style with it, so that a first visit paints at once. When a second page has been idle the style is fetched as a
// file, which the browser keeps, and a cookie says so: the next pages name the file and are four kilobytes lighter.

const KEPT = "relecture_style";
/** Seconds: as long as the file is kept. */
const YEAR = 31_536_000;

export function keepStyle(root: Document): void {
  const at = root.querySelector<HTMLElement>("style[data-at]")?.dataset.at;
  if (!at) return;
  // A first visit has enough to fetch.
  if (!sessionStorage.getItem(KEPT)) return sessionStorage.setItem(KEPT, "seen");
  const keep = async (): Promise<void> => {
    const file = await fetch(at);
    if (!file.ok) return;
    await file.arrayBuffer();
    root.cookie = `${KEPT}=${at}; path=/; max-age=${YEAR}; samesite=strict${location.protocol === "https:" ? "; secure" : ""}`;
  };
  // Without a line there is nothing to keep; the next page tries again.
  const quietly = (): void => void keep().catch(() => undefined);
  const idle = (): void => void (window.requestIdleCallback ?? setTimeout)(quietly);
  if (root.readyState === "complete") idle();
  else addEventListener("load", idle, { once: true });
}
