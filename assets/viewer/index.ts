// The viewer of slides: binds the page's toolbar, keys and words to what is seen. The page stands without it and shows overviews.
import { slowSoFar } from "./line";
import { Ahead } from "../ahead/store";
import { follow } from "./address";
import { choose, chosen } from "./choice";
import { evidence } from "./evidence";
import { Measure } from "./measure";
import { Notes } from "./notes";
import { Overview } from "./overview";
import { Quality } from "./quality";
import { number } from "./scale";
import { scalebar } from "./scalebar";
import type { Kind } from "./shapes";
import { Sight } from "./sight";
import { Snapshots } from "./snapshot";
import { Together } from "./together";
import { said, type Words } from "./words";

const root = document.querySelector<HTMLElement>("[data-viewer]");
if (root) void Ahead.of(root.dataset.case ?? "", root.dataset.ahead ?? "").then((ahead) => start(root, ahead));

type Seen = { sight: Sight; measure: Measure; notes: Notes; quality: Quality };

/** Opens the slides of the page; what was fetched of them ahead need not come over the line. */
function start(root: HTMLElement, ahead: Ahead | undefined): void {
  const words = JSON.parse(root.dataset.words ?? "{}") as Words;
  const token = root.dataset.token ?? "";
  const toolbar = root.querySelector<HTMLElement>("[role=toolbar]");
  const diameter = root.querySelector<HTMLInputElement>("#field-diameter");
  const degrees = root.querySelector<HTMLInputElement>("#degrees");
  const label = root.querySelector<HTMLInputElement>("#note-label");
  const news = root.querySelector<HTMLElement>("[data-news]");
  const say = (text = ""): void => {
    if (!news) return;
    news.textContent = text;
    news.hidden = false;
  };

  let shapes = 0;
  // A name for each shape of this page, so that none is kept twice.
  const once = (): string => `${root.dataset.once}.${(shapes += 1)}`;

  const taking = root.querySelector<HTMLFormElement>("form[data-snapshot]");
  const snapshots = taking && new Snapshots(taking, root.querySelector("[data-taken]"), once, token, words);

  const seen = [...root.querySelectorAll<HTMLElement>("section[data-base]")].map((section) => look(section));
  const [first, second] = seen;
  if (!first || !toolbar) return;
  toolbar.hidden = false;
  const together = second && new Together([first.sight, second.sight]);
  let active = first;
  for (const one of seen) {
    for (const event of ["pointerdown", "focusin"] as const) one.sight.section.addEventListener(event, () => activate(one));
  }
  activate(first);
  follow(first.sight);
  const toNote = (): void => {
    const id = new URLSearchParams(location.hash.slice(1)).get("note");
    if (id) seen.some(({ notes }) => notes.go(id));
  };
  first.sight.viewer.addOnceHandler("open", toNote);
  addEventListener("hashchange", toNote);
  first.sight.viewer.addOnceHandler("open", () => (first.sight.viewer.canvas as HTMLElement).focus({ preventScroll: true }));

  function look(section: HTMLElement): Seen {
    const part = (name: string): HTMLElement => section.querySelector<HTMLElement>(`[data-${name}]`) ?? document.createElement("div");
    part("pane").hidden = false;
    const light = chosen() ?? slowSoFar();
    const onSlow = (): void => {
      if (chosen() === undefined) lighten(true);
    };
    const sight = new Sight(section, part("glass"), light, { ahead, onSlow });
    const quality = new Quality(sight, part("quality"), words);
    sight.viewer.addOnceHandler("open", () => quality.switch(light));
    const position = part("position");
    const measure = new Measure(sight, part("measured"), part("counted"), () => diameter?.valueAsNumber ?? NaN, words);
    const notes = new Notes(sight, part("noted"), () => label?.value.trim() ?? "", once, token, words, say);
    new Overview(sight, part("overview"), words.overview ?? "");
    scalebar(sight, part("bar"));
    renew(sight, Number(section.dataset.lasting));
    evidence(sight, quality, section.dataset.reading ?? "", token);
    sight.onMove(() => {
      if (active.sight === sight) marks(sight);
    });
    sight.onRest(() => (position.textContent = where(sight)));
    sight.viewer.addHandler("tile-load-failed", () => say(words.failed));
    section.addEventListener("keydown", (event) => onKey(event, { sight, measure, notes, quality }));
    return { sight, measure, notes, quality };
  }

  /** The light view, on every slide of the page. */
  function lighten(on: boolean): void {
    for (const { quality } of seen) quality.switch(on);
    press();
  }

  /** Asks for the next grant before this one ends. */
  function renew(sight: Sight, seconds: number): void {
    const { renew: address = "" } = sight.section.dataset;
    const again = async (): Promise<void> => {
      const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ _token: token }) }).catch(() => undefined);
      if (answer?.ok && answer.headers.get("content-type")?.includes("json")) {
        const next = (await answer.json()) as { base: string; lasting: number };
        sight.from(next.base);
        renew(sight, next.lasting);
      } else if (answer) say(words.ended);
      else setTimeout(() => void again(), 20_000);
    };
    setTimeout(() => void again(), Math.max(10, seconds - 120) * 1000);
  }

  function where(sight: Sight): string {
    const { magnification, micrometres, degrees, centre, pixels } = sight;
    const values = { degrees: String(Math.round(degrees)) };
    if (magnification === undefined || !micrometres) {
      return said(words.pixels, { ...values, zoom: `${number(pixels * 100)} %`, x: number(Math.round(centre.x), 7), y: number(Math.round(centre.y), 7) });
    }
    return said(words.position, {
      ...values,
      magnification: `${number(magnification)}×`,
      x: `${number((centre.x * micrometres.x) / 1000, 4)} mm`,
      y: `${number((centre.y * micrometres.y) / 1000, 4)} mm`,
    });
  }

  function activate(one: Seen): void {
    active = one;
    for (const { sight } of seen) sight.section.classList.toggle("active", seen.length > 1 && sight === one.sight);
    if (one.sight.viewer.isOpen()) marks(one.sight);
  }

  /** What the toolbar shows of the slide that is moved. */
  function marks(sight: Sight): void {
    for (const button of toolbar?.querySelectorAll<HTMLElement>("[data-do=magnify]") ?? []) {
      const at = Number(button.dataset.value) / (sight.magnification ?? NaN);
      button.setAttribute("aria-pressed", String(Math.abs(at - 1) < 0.01));
    }
    if (degrees && document.activeElement !== degrees) degrees.value = String(Math.round(sight.degrees));
    able(sight.micrometres !== undefined);
  }

  /** Without micrometres nothing is measured, and the page says so beside the slide. */
  function able(now: boolean): void {
    for (const button of toolbar?.querySelectorAll<HTMLButtonElement>("[data-scale]") ?? []) button.disabled = !now;
  }

  function act(button: HTMLElement): void {
    const { sight, measure, notes, quality } = active;
    const value = Number(button.dataset.value);
    const turned = (by: number): void => sight.show({ degrees: sight.viewer.viewport.getRotation() + by });
    const actions: Record<string, () => void> = {
      magnify: () => sight.magnify(value),
      zoom: () => sight.zoomBy(value),
      whole: () => sight.whole(),
      left: () => sight.field(-1, 0),
      right: () => sight.field(1, 0),
      up: () => sight.field(0, -1),
      down: () => sight.field(0, 1),
      turn: () => turned(value),
      upright: () => sight.show({ degrees: 0 }),
      ruler: () => (notes.take(undefined), measure.take("ruler")),
      area: () => (notes.take(undefined), measure.take("area")),
      note: () => (measure.take(undefined), notes.take(button.dataset.value as Kind)),
      snapshot: () => void snapshots?.take(sight, quality.seenLight),
      link: () => void copy(),
      circle: () => ((measure.circle = !measure.circle), sight.viewer.forceRedraw()),
      field: () => measure.countField(),
      mitosis: () => measure.countMitosis(value),
      remove: () => measure.removeLast(),
      together: () => together?.tie(!together.on),
      light: () => {
        choose(!active.quality.on);
        lighten(!active.quality.on);
      },
    };
    actions[button.dataset.do ?? ""]?.();
    press();
  }

  /** The address holds the view; where the browser does not let it be copied it is shown. */
  async function copy(): Promise<void> {
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    say(copied ? words.copied : location.href);
  }

  /** Which tools are in hand. */
  function press(): void {
    const held: Record<string, boolean | undefined> = {
      ruler: active.measure.tool === "ruler",
      area: active.measure.tool === "area",
      circle: active.measure.circle,
      together: together?.on,
      light: active.quality.on,
    };
    for (const shape of toolbar?.querySelectorAll<HTMLElement>("[data-do=note]") ?? []) {
      shape.setAttribute("aria-pressed", String(active.notes.tool === shape.dataset.value));
    }
    for (const [name, on] of Object.entries(held)) {
      toolbar?.querySelector(`[data-do=${name}]`)?.setAttribute("aria-pressed", String(on ?? false));
    }
  }

  function onKey(event: KeyboardEvent, { sight, measure, notes }: Seen): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target !== sight.viewer.canvas) return;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (arrow) {
      const [across = 0, down = 0] = arrow;
      if (event.shiftKey) sight.field(across, down);
      else sight.step(across, down, 0.25);
    } else if (event.key === "Enter" && measure.tool) measure.put(sight.destination);
    else if (event.key === "Enter" && notes.tool) notes.put(sight.destination);
    else if (event.key === "Escape") [measure, notes].forEach((one) => one.take(undefined));
    else if (event.key === "Home") sight.whole();
    else if (event.key === "PageUp" || event.key === "PageDown") root.querySelector<HTMLElement>(`[data-slide-${event.key === "PageUp" ? "before" : "after"}]`)?.click();
    else return;
    event.preventDefault();
    press();
  }

  toolbar.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("button[data-do]");
    if (button) act(button);
  });
  degrees?.addEventListener("input", () => {
    if (Number.isFinite(degrees.valueAsNumber)) active.sight.show({ degrees: degrees.valueAsNumber });
  });
  diameter?.addEventListener("input", () => active.sight.viewer.forceRedraw());
}
