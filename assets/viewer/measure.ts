// What is drawn on a slide to measure it: distances, areas, and high-power fields with the mitoses counted in them. Everything is
// kept in pixels of the finest resolution, in this tab, until the person logs out.
import { area, length, number } from "./scale";
import { Sight, type Place } from "./sight";
import { said, type Words } from "./words";

type Kind = "ruler" | "area" | "field";
type Shape = { kind: Kind; points: Place[]; radius?: number };
type Kept = { shapes: Shape[]; mitoses: number };

const SVG = "http://www.w3.org/2000/svg";
/** How near to its first point, in pixels of the screen, a click closes an area. */
const NEAR = 12;

export class Measure {
  /** The tool in hand. */
  tool: "ruler" | "area" | undefined;
  /** Whether the circle of a high-power field stands in the middle. */
  circle = false;
  private kept: Kept;
  private open: Place[] = [];
  private readonly drawn = document.createElementNS(SVG, "svg");
  private readonly key: string;

  constructor(
    private readonly sight: Sight,
    private readonly list: HTMLElement,
    private readonly count: HTMLElement,
    private readonly diameter: () => number,
    private readonly words: Words,
  ) {
    this.key = `relecture.measured.${sight.section.dataset.slide}`;
    this.kept = JSON.parse(sessionStorage.getItem(this.key) ?? '{"shapes":[],"mitoses":0}') as Kept;
    this.drawn.classList.add("drawn");
    this.drawn.setAttribute("aria-hidden", "true");
    sight.glass.append(this.drawn);
    sight.viewer.addHandler("canvas-click", (event) => {
      if (!this.tool || !event.quick) return;
      event.preventDefaultAction = true;
      this.put(this.sight.onSlide(event.position));
    });
    sight.viewer.addHandler("canvas-double-click", (event) => {
      if (this.tool) event.preventDefaultAction = true;
    });
    sight.onMove(() => this.draw());
    this.tell();
  }

  get measurable(): boolean {
    return this.sight.micrometres !== undefined;
  }

  take(tool: "ruler" | "area" | undefined): void {
    if (this.tool === "area" && this.open.length > 2) this.close();
    this.open = [];
    this.tool = this.tool === tool ? undefined : tool;
    this.sight.glass.classList.toggle("measuring", this.tool !== undefined);
    this.draw();
  }

  /** A point of the tool in hand: two make a distance; an area ends where it began. */
  put(place: Place): void {
    const [first] = this.open;
    if (this.tool === "area" && first && this.open.length > 2 && this.near(first, place)) return this.close();
    this.open.push(place);
    if (this.tool === "ruler" && this.open.length === 2) this.close();
    this.draw();
  }

  private near(one: Place, other: Place): boolean {
    const [a, b] = [this.sight.onGlass(one), this.sight.onGlass(other)];
    return Math.hypot(a.x - b.x, a.y - b.y) <= NEAR;
  }

  private close(): void {
    if (!this.tool) return;
    const points = this.open;
    this.open = [];
    this.add({ kind: this.tool, points });
  }

  /** Counts the field under the circle. */
  countField(): void {
    const radius = (this.diameter() * 1000) / 2;
    if (!this.measurable || !(radius > 0)) return;
    this.circle = true;
    this.add({ kind: "field", points: [this.sight.destination], radius });
  }

  countMitosis(by: number): void {
    this.kept.mitoses = Math.max(0, this.kept.mitoses + by);
    this.save();
  }

  private add(shape: Shape): void {
    this.kept.shapes.push(shape);
    this.save();
  }

  private save(): void {
    sessionStorage.setItem(this.key, JSON.stringify(this.kept));
    this.tell();
    if (this.sight.viewer.isOpen()) this.draw();
  }

  removeLast(): void {
    this.kept.shapes.pop();
    this.save();
  }

  /** Distances and areas in micrometres; only for a slide whose micrometres are known. */
  private size({ kind, points, radius }: Shape): number {
    const per = this.sight.micrometres ?? { x: NaN, y: NaN };
    const at = points.map(({ x, y }) => ({ x: x * per.x, y: y * per.y }));
    if (kind === "field") return Math.PI * (radius ?? 0) ** 2;
    if (kind === "ruler") return Math.hypot((at[1]?.x ?? 0) - (at[0]?.x ?? 0), (at[1]?.y ?? 0) - (at[0]?.y ?? 0));
    const twice = at.reduce((sum, one, index) => {
      const next = at[(index + 1) % at.length] ?? one;
      return sum + one.x * next.y - next.x * one.y;
    }, 0);
    return Math.abs(twice) / 2;
  }

  private told(shape: Shape): string {
    const size = this.size(shape);
    return said(this.words[shape.kind], { size: shape.kind === "ruler" ? length(size) : area(size) });
  }

  private get counted(): string {
    const fields = this.kept.shapes.filter(({ kind }) => kind === "field");
    const square = fields.reduce((sum, one) => sum + this.size(one), 0) / 1e6;
    const { mitoses } = this.kept;
    return said(this.words.counted, {
      mitoses: String(mitoses),
      fields: String(fields.length),
      area: `${number(square)} mm²`,
      density: square > 0 ? number(mitoses / square) : "–",
    });
  }

  /** The results, in words. */
  private tell(): void {
    this.count.textContent = this.counted;
    const items = this.kept.shapes.filter(({ kind }) => kind !== "field").map((shape) => {
      const item = document.createElement("li");
      item.textContent = this.told(shape);
      return item;
    });
    this.list.replaceChildren(...items);
  }

  private draw(): void {
    const shapes = this.kept.shapes.map((shape) => this.figure(shape));
    const open = this.tool && this.open.length > 0 ? [this.figure({ kind: this.tool, points: this.open }, true)] : [];
    const circle = this.circle && this.measurable ? [this.figure({ kind: "field", points: [this.sight.centre], radius: this.diameter() * 500 }, true)] : [];
    const cross = this.tool ? [this.cross()] : [];
    this.drawn.replaceChildren(...shapes, ...open, ...circle, ...cross);
  }

  private figure({ kind, points, radius }: Shape, open = false): SVGElement {
    const at = points.map((point) => this.sight.onGlass(point));
    const figure = document.createElementNS(SVG, kind === "field" ? "circle" : "polyline");
    if (kind === "field") {
      const across = (radius ?? 0) / (this.sight.micrometres?.x ?? NaN);
      figure.setAttribute("cx", String(at[0]?.x));
      figure.setAttribute("cy", String(at[0]?.y));
      figure.setAttribute("r", String(across * this.sight.pixels));
    } else {
      const closed = kind === "area" && !open ? [...at, ...at.slice(0, 1)] : at;
      figure.setAttribute("points", closed.map(({ x, y }) => `${x},${y}`).join(" "));
    }
    figure.classList.add(kind, ...(open ? ["open"] : []));
    return figure;
  }

  /** Where a point is put by the keyboard. */
  private cross(): SVGElement {
    const { clientWidth: w, clientHeight: h } = this.sight.glass;
    const cross = document.createElementNS(SVG, "path");
    cross.setAttribute("d", `M${w / 2 - 8} ${h / 2}h16M${w / 2} ${h / 2 - 8}v16`);
    cross.classList.add("cross");
    return cross;
  }
}
