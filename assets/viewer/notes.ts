// Annotations: drawn by mouse, touch or keyboard, shown on the slide, listed with their labels beside it. The list comes from the
// server as it stands in the page; what is drawn on the slide is read from it.
import { Outbox, type Drawn } from "./outbox";
import { LEAST, WHOLE, closed, path, read, sent, type Kind } from "./shapes";
import type { Place, Sight } from "./sight";
import { said, type Words } from "./words";

type Note = { id: string; kind: Kind; points: Place[]; label: string; name: string };

const SVG = "http://www.w3.org/2000/svg";
/** How near to its first point, in pixels of the screen, a click closes an outline. */
const NEAR = 12;
/** How far the hand moves between two points of a free line, pixels of the screen. */
const STEP = 3;
/** How much of the window an annotation fills that is gone to. */
const SHARE = 0.5;

function svg(name: string, ...classes: string[]): SVGElement {
  const element = document.createElementNS(SVG, name);
  element.classList.add(...classes.filter(Boolean));
  return element;
}

export class Notes {
  /** The shape in hand. */
  tool: Kind | undefined;
  private list: HTMLElement;
  private open: Place[] = [];
  private dragging = false;
  /** A free line that follows the keyboard. */
  private tracing = false;
  /** The annotation that is drawn anew: its form. */
  private redrawn: HTMLFormElement | undefined;
  private chosen = "";
  private notes: Note[] = [];
  private readonly drawn = svg("svg", "drawn");
  /** In pixels of the slide; one transformation moves all of it. */
  private readonly onSlide = svg("g");
  private readonly labels = svg("g");
  private readonly begun = svg("path", "note", "open");
  private readonly here: string;
  private readonly outbox: Outbox;

  constructor(
    private readonly sight: Sight,
    private readonly told: HTMLElement,
    private readonly label: () => string,
    private readonly once: () => string,
    private readonly token: string,
    private readonly words: Words,
    private readonly say: (words?: string) => void,
  ) {
    this.here = sight.section.dataset.renew ?? "";
    this.list = sight.section.querySelector<HTMLElement>("[data-notes]") ?? document.createElement("div");
    this.drawn.setAttribute("aria-hidden", "true");
    this.drawn.append(this.onSlide, this.labels);
    sight.glass.append(this.drawn);
    this.outbox = new Outbox(`${this.list.dataset.person}.${sight.section.dataset.slide}`, (one) => this.send(one), () => this.say(words.unsent));
    this.taken();
    this.listen();
    sight.onMove(() => this.draw());
    sight.onRest(() => {
      if (this.tracing) this.grow(sight.destination);
    });
  }

  private listen(): void {
    const { viewer } = this.sight;
    viewer.addHandler("canvas-click", (event) => {
      if (!this.tool || !event.quick) return;
      event.preventDefaultAction = true;
      this.put(this.sight.onSlide(event.position));
    });
    viewer.addHandler("canvas-double-click", (event) => {
      if (this.tool) event.preventDefaultAction = true;
    });
    viewer.addHandler("canvas-drag", (event) => {
      if (!this.tool || this.tool === "point" || this.tool === "polygon") return;
      event.preventDefaultAction = true;
      const place = this.sight.onSlide(event.position);
      if (!this.dragging) {
        this.dragging = true;
        this.open = [this.sight.onSlide(event.position.minus(event.delta))];
      }
      if (this.tool === "free_hand") this.grow(place);
      else this.open = [...this.open.slice(0, 1), place];
      this.draw();
    });
    viewer.addHandler("canvas-drag-end", (event) => {
      if (!this.dragging) return;
      event.preventDefaultAction = true;
      this.end();
    });
    this.sight.section.addEventListener("submit", (event) => {
      const form = event.target as HTMLFormElement;
      if (!this.list.contains(form)) return;
      event.preventDefault();
      const act = (event as SubmitEvent).submitter?.getAttribute("value") ?? "name";
      if (act === "redraw") this.redraw(form);
      else void this.change(form, { act });
    });
    this.sight.section.addEventListener("change", (event) => {
      const file = (event.target as HTMLInputElement).files?.[0];
      if (file && this.list.contains(event.target as Node)) void this.import(file);
    });
  }

  /** Takes a tool in hand, or ends what is drawn with it. */
  take(tool: Kind | undefined): void {
    const again = tool === this.tool;
    if (tool && again) this.end();
    this.drop();
    this.tool = again ? undefined : tool;
    this.redrawn = undefined;
    this.hold();
  }

  private hold(): void {
    this.sight.glass.classList.toggle("drawing", this.tool !== undefined);
    const name = document.querySelector(`[data-do=note][data-value=${this.tool}]`)?.textContent ?? "";
    this.told.textContent = this.tool ? said(this.words.drawing, { label: name }) : "";
    this.draw();
  }

  private drop(): void {
    [this.open, this.dragging, this.tracing] = [[], false, false];
  }

  /** A point of the shape in hand. */
  put(place: Place): void {
    if (!this.tool) return;
    const [first] = this.open;
    if (this.tool === "polygon" && first && this.open.length >= 3 && this.near(first, place)) return this.end();
    if (this.tool === "free_hand") {
      this.grow(place);
      if (this.tracing) return this.end();
      this.tracing = true;
    } else this.open.push(place);
    if (this.open.length === WHOLE[this.tool]) return this.end();
    this.draw();
  }

  private grow(place: Place): void {
    const last = this.open.at(-1);
    if (!last || !this.near(last, place, STEP)) this.open.push(place);
    this.draw();
  }

  private near(one: Place, other: Place, by = NEAR): boolean {
    const [a, b] = [this.sight.onGlass(one), this.sight.onGlass(other)];
    return Math.hypot(a.x - b.x, a.y - b.y) <= by;
  }

  /** Ends the shape, if it is one, and sends it. The tool stays in hand for the next. */
  private end(): void {
    const [kind, points] = [this.tool, this.open];
    this.drop();
    if (!kind || points.length < (WHOLE[kind] ?? LEAST[kind] ?? 1)) return this.draw();
    const { width, height } = this.sight;
    const shape = { kind, points: sent(points, width, height) };
    const form = this.redrawn;
    if (form) {
      this.take(undefined);
      void this.change(form, shape);
    } else this.outbox.add({ ...shape, label: this.label(), once: this.once() });
    this.refresh();
  }

  private redraw(form: HTMLFormElement): void {
    const kind = form.closest<HTMLElement>("[data-note]")?.dataset.kind as Kind | undefined;
    this.take(undefined);
    this.tool = kind;
    this.redrawn = form;
    this.hold();
    (this.sight.viewer.canvas as HTMLElement).focus();
  }

  /** Sends fields to the server, which answers with the list as it is now. Whether it answered. */
  private async post(address: string, fields: Record<string, string>): Promise<Response | undefined> {
    const body = new URLSearchParams({ ...fields, _token: this.token });
    const answer = await fetch(address, { method: "POST", body, headers: { "hx-request": "true" } }).catch(() => undefined);
    if (!answer || answer.status >= 500) return undefined;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector<HTMLElement>("[data-notes]");
    if (!part) this.say(this.words.ended);
    else {
      this.list.replaceWith(part);
      this.list = part;
      this.taken();
    }
    return answer;
  }

  private async send({ once, ...drawn }: Drawn): Promise<boolean> {
    const answer = await this.post(`${this.here}/annotations`, { ...drawn, _once: once });
    if (answer?.ok) this.told.textContent = said(this.words.noted, { label: this.notes.at(-1)?.name ?? "" });
    // Who has to log in first, perhaps in another tab, finds the shape again.
    return answer !== undefined && answer.status !== 401 && answer.status !== 403;
  }

  private async change(form: HTMLFormElement, fields: Record<string, string>): Promise<void> {
    const own = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    const note = form.closest<HTMLElement>("[data-note]")?.id ?? "";
    const answer = await this.post(form.action, { ...own, ...fields });
    if (!answer) {
      this.refresh();
      return this.say(this.words.unchanged);
    }
    // The focus stays where the person was working.
    (document.querySelector<HTMLElement>(`#${note} a`) ?? this.list.querySelector<HTMLElement>("a"))?.focus();
  }

  private async import(file: File): Promise<void> {
    const answer = await this.post(`${this.here}/annotations.geojson`, { features: await file.text(), _once: this.once() });
    if (!answer) this.say(this.words.unchanged);
  }

  /** Reads the list. */
  private taken(): void {
    const items = [...this.list.querySelectorAll<HTMLElement>("[data-note]")];
    this.notes = items.map((item) => ({
      id: item.dataset.note ?? "",
      kind: item.dataset.kind as Kind,
      points: read(item.dataset.points ?? ""),
      label: item.dataset.label ?? "",
      name: item.querySelector("a")?.textContent ?? "",
    }));
    for (const hidden of this.list.querySelectorAll<HTMLElement>("[data-redraw], [data-import]")) hidden.hidden = false;
    this.refresh();
  }

  /** Goes to an annotation; false when it is none of this slide. */
  go(id: string): boolean {
    const note = this.notes.find((one) => one.id === id);
    if (!note) return false;
    this.chosen = id;
    this.refresh();
    const [xs, ys] = [note.points.map(({ x }) => x), note.points.map(({ y }) => y)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const { clientWidth, clientHeight } = this.sight.glass;
    const fits = SHARE * Math.min(clientWidth / (right - left), clientHeight / (bottom - top));
    this.sight.show({ x: (left + right) / 2, y: (top + bottom) / 2, pixels: Math.min(fits, 1) });
    return true;
  }

  private refresh(): void {
    const shape = (kind: Kind, points: Place[], mark: string): SVGElement => {
      const drawn = svg("path", "note", kind, closed(kind) ? "closed" : "", mark);
      drawn.setAttribute("d", path(kind, points));
      return drawn;
    };
    this.onSlide.replaceChildren(
      ...this.notes.map(({ id, kind, points }) => shape(kind, points, id === this.chosen ? "chosen" : "")),
      ...this.outbox.waiting.map(({ kind, points }) => shape(kind as Kind, read(points), "unsent")),
      this.begun,
    );
    this.labels.replaceChildren(
      ...this.notes.map(({ label }) => {
        const text = svg("text");
        text.textContent = label;
        return text;
      }),
    );
    this.draw();
  }

  private draw(): void {
    const { sight } = this;
    if (!sight.viewer.isOpen()) return;
    // Where the corner and two neighbours of the slide lie says how all of it lies.
    const [origin, across, down] = [{ x: 0, y: 0 }, { x: 1000, y: 0 }, { x: 0, y: 1000 }].map((place) => sight.onGlass(place)) as [Place, Place, Place];
    const per = (place: Place): string => `${(place.x - origin.x) / 1000} ${(place.y - origin.y) / 1000}`;
    this.onSlide.setAttribute("transform", `matrix(${per(across)} ${per(down)} ${origin.x} ${origin.y})`);
    this.notes.forEach(({ points: [first] }, at) => {
      const place = first && sight.onGlass(first);
      this.labels.children[at]?.setAttribute("x", String((place?.x ?? 0) + 8));
      this.labels.children[at]?.setAttribute("y", String((place?.y ?? 0) - 8));
    });
    const seen = this.tracing || this.dragging || !this.tool || this.tool === "polygon" ? this.open : [...this.open, sight.centre].slice(0, 2);
    this.begun.setAttribute("d", this.tool && this.open.length > 0 ? path(this.tool, seen, false) : "");
    this.drawn.querySelector(".cross")?.remove();
    if (this.tool) this.drawn.append(this.cross());
  }

  /** Where a point is put by the keyboard. */
  private cross(): SVGElement {
    const { clientWidth: w, clientHeight: h } = this.sight.glass;
    const cross = svg("path", "cross");
    cross.setAttribute("d", `M${w / 2 - 8} ${h / 2}h16M${w / 2} ${h / 2 - 8}v16`);
    return cross;
  }
}
