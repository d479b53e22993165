// A small picture of the first slide beside each case of a list, as far as it is in sight, and only over a line that bears it: text
// comes first, and the list is whole without.
import { sofar, type Came } from "./sample";

/** Bits per second from which small pictures hold up nothing else. */
const ENOUGH = 1_500_000;
/** Bytes from which an answer says something about a line. */
const SAYS = 2_000;

interface Line {
  saveData?: boolean;
  effectiveType?: string;
}

/** Bits per second. What passed before the first byte is the way there, not the width of the line. */
function goodput(one: Came): number {
  return (one.transferSize * 8000) / Math.max(1, one.responseEnd - one.responseStart);
}

/**
 * Whether the line is wide enough, by what the browser says of it and by how this page has come over it: by the best of what came,
 * for a busy machine makes a short answer look slow, and nothing makes it look fast.
 */
function bears(): boolean {
  const { saveData, effectiveType } = (navigator as { connection?: Line }).connection ?? {};
  const came = sofar().filter((one) => one.transferSize > SAYS);
  return !saveData && !/[23]g/.test(effectiveType ?? "") && Math.max(...came.map(goodput)) > ENOUGH;
}

export function pictures(root: Document): void {
  const list = root.querySelector<HTMLElement>("[data-pictures]:not(.pictured)");
  if (!list || !bears()) return;
  list.classList.add("pictured");
  const seen = new IntersectionObserver((rows) => {
    for (const { target, isIntersecting } of rows) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const picture = new Image();
      picture.className = "picture";
      picture.alt = `${list.dataset.pictures} ${target.textContent}`;
      picture.onerror = () => picture.remove();
      picture.src = `${(target as HTMLAnchorElement).href}/thumbnail`;
      target.before(picture);
    }
  });
  for (const row of list.querySelectorAll("a[data-row]")) seen.observe(row);
}
