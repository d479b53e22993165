// The whole slide in a corner: what is seen now, what was seen at 10× or more, and a click to go there.
import { Sight, type Place } from "./sight";

/** From this magnification on a field counts as read. */
const READ_AT = 10;
/** Where micrometres are not known: from this many pixels of the screen for a pixel of the slide on. */
const READ_AT_PIXELS = 0.25;
const LONGER_EDGE = 220;

export class Overview {
  private readonly canvas = document.createElement("canvas");
  private readonly trail = document.createElement("canvas");
  private readonly scale: number;

  constructor(private readonly sight: Sight, place: HTMLElement, label: string) {
    this.scale = LONGER_EDGE / Math.max(sight.width, sight.height);
    const [width, height] = [sight.width, sight.height].map((edge) => Math.max(1, Math.round(edge * this.scale))) as [number, number];
    const picture = new Image(width, height);
    picture.alt = "";
    const [across, down] = [width, height].map((edge) => Math.round(edge * devicePixelRatio));
    // It comes after what is looked at, in whose way it would be on a slow line.
    sight.onLoad(() => {
      if (sight.section.getAttribute("aria-busy") === "false" && !picture.src) picture.src = `${sight.section.dataset.base}/iiif/full/!${across},${down}/0/default.jpg`;
    });
    for (const canvas of [this.canvas, this.trail]) [canvas.width, canvas.height] = [width, height];
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    place.replaceChildren(picture, this.canvas);
    place.hidden = false;
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.go(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.canvas.hasPointerCapture(event.pointerId)) this.go(event);
    });
    sight.onMove(() => this.draw());
    sight.onRest(() => this.keep());
  }

  private go(event: PointerEvent): void {
    this.sight.show({ x: event.offsetX / this.scale, y: event.offsetY / this.scale });
  }

  private outline(on: CanvasRenderingContext2D, corners: Place[]): void {
    on.beginPath();
    for (const { x, y } of corners) on.lineTo(x * this.scale, y * this.scale);
    on.closePath();
  }

  private keep(): void {
    const { magnification, pixels } = this.sight;
    if (magnification === undefined ? pixels < READ_AT_PIXELS : magnification < READ_AT * 0.99) return;
    const on = this.trail.getContext("2d");
    if (!on) return;
    on.fillStyle = "#46398a";
    this.outline(on, this.sight.corners);
    on.fill();
    this.draw();
  }

  private draw(): void {
    const on = this.canvas.getContext("2d");
    if (!on) return;
    on.clearRect(0, 0, this.canvas.width, this.canvas.height);
    on.globalAlpha = 0.3;
    on.drawImage(this.trail, 0, 0);
    on.globalAlpha = 1;
    this.outline(on, this.sight.corners);
    on.lineWidth = 2;
    on.strokeStyle = "#a5244f";
    on.stroke();
  }
}
