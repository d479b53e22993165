// "Prepare this case": the overview and the marked places of its slides, fetched while something else is read. What is kept is said;
// a button fetches it, another forgets it. On a slow line the overviews alone come by themselves, when the page is quiet.
import { chosen } from "../viewer/choice";
import { slowSoFar } from "../viewer/line";
import { FILLED, levelOf, tilesOf, type Pyramid } from "../viewer/pyramid";
import { number } from "../viewer/scale";
import { said, type Words } from "../viewer/words";
import { Ahead, CASE_MOST, able, forget, tidy } from "./store";

/** Tiles that are fetched at a time: what is looked at meanwhile comes first. */
const AT_ONCE = 3;
/** How much of the window a marked place fills that is gone to. */
const SHARE = 0.5;

type Slide = Pyramid & { slide: string; base: string; marked: [number, number, number, number][] };
type Prepared = { key: string; slides: Slide[] };

const root = document.querySelector<HTMLElement>("[data-prepare]");
if (root && able()) void start(root);

async function start(root: HTMLElement): Promise<void> {
  await tidy();
  const { cases = "", words = "{}", alone } = root.dataset;
  const texts = JSON.parse(words) as Words;
  const ids = cases.split(" ").filter(Boolean);
  const state = root.querySelector<HTMLElement>("[data-state]");
  const tell = (text: string | undefined): void => {
    if (state) state.textContent = text ?? "";
  };
  const [prepare, drop] = [root.querySelector<HTMLButtonElement>("[data-do=prepare]"), root.querySelector<HTMLButtonElement>("[data-do=forget]")];
  const show = async (): Promise<void> => {
    const kept = (await Promise.all(ids.map((id) => caches.has(`relecture.ahead.${id}`)))).filter(Boolean).length;
    if (drop) drop.hidden = kept === 0;
  };
  root.hidden = false;
  await show();
  prepare?.addEventListener("click", async () => {
    prepare.disabled = true;
    let bytes = 0;
    let failed = false;
    for (const [at, id] of ids.entries()) {
      const step = (done: number, of: number): void => tell(said(texts.preparing, { n: String(at + 1), of: String(ids.length), done: String(done), all: String(of) }));
      const kept = await fetchAhead(root, id, true, step).catch(() => undefined);
      if (kept) bytes += kept.bytes;
      else failed = true;
    }
    tell(failed ? texts.failed : said(texts.prepared, { megabytes: number(bytes / 2 ** 20, 2) }));
    prepare.disabled = false;
    await show();
  });
  drop?.addEventListener("click", async () => {
    await Promise.all(ids.map(forget));
    tell(texts.forgotten);
    await show();
    prepare?.focus();
  });
  // A slow line has time while its person reads the case.
  if (alone !== undefined && slowSoFar()) {
    const quiet = (): void => void fetchAhead(root, ids[0] ?? "", false, () => {}).then(show, () => {});
    if (document.readyState === "complete") quiet();
    else addEventListener("load", quiet, { once: true });
  }
}

/** Fetches a case ahead: overviews, and with `whole` the marked places too. */
async function fetchAhead(root: HTMLElement, id: string, whole: boolean, step: (done: number, of: number) => void): Promise<Ahead | undefined> {
  const body = new URLSearchParams({ _token: root.dataset.token ?? "" });
  const answer = await fetch(`/cases/${id}/prepare`, { method: "POST", body });
  if (!answer.ok || !answer.headers.get("content-type")?.includes("json")) return undefined;
  const { key, slides } = (await answer.json()) as Prepared;
  const kept = await Ahead.of(id, key, true);
  if (!kept) return undefined;
  const wanted = slides.flatMap((one) => overview(one)).concat(whole ? slides.flatMap(places) : []);
  const missing = [...new Map(wanted.map((one) => [one.tile, one])).values()].filter(({ tile }) => !kept.has(tile));
  const all = missing.length;
  let done = 0;
  let again: Wanted[] = [];
  const next = async (): Promise<void> => {
    for (let one = missing.shift(); one && kept.bytes < CASE_MOST; one = missing.shift()) {
      const got = await fetch(one.address, { priority: "low" } as RequestInit).catch(() => undefined);
      if (got?.ok) {
        await kept.put(one.tile, await got.arrayBuffer());
        step((done += 1), all);
      } else again.push(one);
    }
  };
  // What a busy server has refused is asked for once more.
  for (const _ of ["first", "again"]) {
    missing.push(...again);
    again = [];
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }
  await kept.save();
  return again.length > 0 ? undefined : kept;
}

type Wanted = { tile: string; address: string };

/** In which pictures a slide is looked at first. */
const kind = (): "light" | "slide" => ((chosen() ?? slowSoFar()) ? "light" : "slide");

function named({ slide, base }: Slide, tiles: string[]): Wanted[] {
  return tiles.map((tile) => ({ tile: `${slide}/${kind()}/${tile}`, address: `${base}/${kind()}_files/${tile}.jpg` }));
}

/** The window in which a slide will be looked at, as the style of the viewer's page has it. */
function glass(): [number, number] {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return [innerWidth - 2 * rem, Math.max(18 * rem, innerHeight - 17 * rem)];
}

const filled = (): number => (slowSoFar() ? FILLED.slow : FILLED.fast);

function overview(slide: Slide): Wanted[] {
  const [wide, high] = glass();
  const whole = Math.min(wide / slide.width, high / slide.height);
  const from = levelOf(slide, whole, filled());
  // A fast line is filled from the coarsest resolution on.
  const first = slowSoFar() ? from : Math.min(from, levelOf(slide, slide.tile / Math.max(slide.width, slide.height), 1));
  const levels = Array.from({ length: from - first + 1 }, (_, at) => first + at);
  return levels.flatMap((level) => named(slide, tilesOf(slide, level, [0, 0, slide.width, slide.height])));
}

/** The marked places, as the viewer shows one that is gone to. */
function places(slide: Slide): Wanted[] {
  const [wide, high] = glass();
  return slide.marked.flatMap(([left, top, right, bottom]) => {
    const pixels = Math.min(1, SHARE * Math.min(wide / Math.max(1, right - left), high / Math.max(1, bottom - top)));
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    // A little more than the window: how high it is there, only its own page knows.
    const [across, down] = [(0.55 * wide) / pixels, (0.55 * high) / pixels];
    const level = levelOf(slide, pixels, filled());
    // The next coarser resolution is what is seen until the sharp one is there.
    return [level - 1, level].filter((one) => one >= 0).flatMap((one) => named(slide, tilesOf(slide, one, [x - across, y - down, x + across, y + down])));
  });
}
