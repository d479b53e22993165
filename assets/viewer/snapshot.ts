// A picture of the field in view for the opinion, with what is drawn on it and a bar of scale. Its person sees it, says what it shows,
// and sends it; a lost connection leaves it here to be sent again.
import { length, number, round } from "./scale";
import type { Sight } from "./sight";
import type { Words } from "./words";

/** The longest edge of the picture, pixels, and the most bytes that the server takes. */
const LONGEST = 1600;
const BYTES = 300 * 1024;
/** The finest first; what is still too large with the last one is made smaller. */
const QUALITIES = [0.88, 0.78, 0.68];
/** The longest bar of scale, pixels. */
const BAR = 160;

type Taken = { picture: Blob; fields: Record<string, string> };

export class Snapshots {
  private taken: Taken | undefined;
  private once = "";
  private address = "";
  private back: HTMLElement | undefined;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly told: HTMLElement | null,
    private readonly name: () => string,
    private readonly token: string,
    private readonly words: Words,
  ) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    form.querySelector("[data-drop]")?.addEventListener("click", () => this.close());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  private part<E extends HTMLElement>(name: string): E | null {
    return this.form.querySelector<E>(name);
  }

  /** Takes the field in view, and asks what it shows. */
  async take(sight: Sight, light: boolean): Promise<void> {
    const { section } = sight;
    const taken = await photograph(sight, light);
    if (!taken) return;
    this.taken = taken;
    this.once = this.name();
    this.address = `${section.dataset.renew}/snapshots`;
    this.back = sight.viewer.canvas as HTMLElement;
    const picture = this.part<HTMLImageElement>("img");
    if (picture) {
      URL.revokeObjectURL(picture.src);
      picture.src = URL.createObjectURL(taken.picture);
      picture.alt = section.getAttribute("aria-label") ?? "";
    }
    const mark = this.part("[data-light]");
    if (mark) mark.hidden = !light;
    this.refuse();
    if (this.told) this.told.hidden = true;
    this.form.hidden = false;
    this.part("textarea")?.focus();
  }

  private refuse(said = ""): void {
    const refused = this.part("[data-refused]");
    if (!refused) return;
    refused.textContent = said;
    refused.hidden = said === "";
  }

  private close(): void {
    this.form.hidden = true;
    this.form.reset();
    this.taken = undefined;
    this.back?.focus();
  }

  private async send(): Promise<void> {
    const { taken } = this;
    if (!taken) return;
    const picture = await base64(taken.picture);
    const words = this.part<HTMLTextAreaElement>("textarea")?.value.trim() ?? "";
    const body = new URLSearchParams({ ...taken.fields, words, picture, _once: this.once, _token: this.token });
    this.form.setAttribute("aria-busy", "true");
    const answer = await fetch(this.address, { method: "POST", body, headers: { "hx-request": "true" } }).catch(() => undefined);
    this.form.removeAttribute("aria-busy");
    const json = answer?.headers.get("content-type")?.includes("json");
    if (!answer || !json) return this.refuse(answer && answer.status < 500 ? this.words.ended : this.words.snapshot_unsent);
    const { said } = (await answer.json()) as { said: string };
    if (!answer.ok) {
      // With other words it is another request.
      this.once = this.name();
      return this.refuse(said);
    }
    this.close();
    const line = this.told?.querySelector("span");
    if (line) line.textContent = said;
    if (this.told) this.told.hidden = false;
  }
}

/** The field as it is on the glass, on white. */
async function photograph(sight: Sight, light: boolean): Promise<Taken | undefined> {
  const { clientWidth, clientHeight } = sight.glass;
  const { x, y } = sight.centre;
  const across = clientWidth / sight.pixels;
  const degrees = Math.round(sight.degrees) % 360;
  let scale = Math.min(1, LONGEST / Math.max(clientWidth, clientHeight));
  for (let tries = 0; tries < 4; tries += 1, scale *= 0.75) {
    const canvas = drawn(sight, scale);
    for (const quality of QUALITIES) {
      const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (!picture || picture.size > BYTES) continue;
      const whole = Object.entries({ x, y, across, degrees }).map(([name, value]) => [name, String(Math.round(value))]);
      return { picture, fields: { ...Object.fromEntries(whole), light: light ? "yes" : "no" } };
    }
  }
  return undefined;
}

function drawn(sight: Sight, scale: number): HTMLCanvasElement {
  const { glass, viewer } = sight;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(glass.clientWidth * scale), Math.round(glass.clientHeight * scale)];
  const on = canvas.getContext("2d");
  if (!on) return canvas;
  on.fillStyle = "#fff";
  on.fillRect(0, 0, canvas.width, canvas.height);
  const slide = (viewer.drawer as unknown as { canvas: HTMLCanvasElement }).canvas;
  on.drawImage(slide, 0, 0, canvas.width, canvas.height);
  on.scale(scale, scale);
  for (const shape of glass.querySelectorAll<SVGGeometryElement>(".drawn :is(path, polyline, circle):not(.cross)")) outline(on, shape, glass);
  for (const label of glass.querySelectorAll<SVGTextElement>(".drawn text")) {
    const { fill, font } = getComputedStyle(label);
    [on.fillStyle, on.strokeStyle, on.font, on.lineWidth] = [fill, "#fff", font, 3];
    const at = [Number(label.getAttribute("x")), Number(label.getAttribute("y"))] as const;
    on.strokeText(label.textContent ?? "", ...at);
    on.fillText(label.textContent ?? "", ...at);
  }
  bar(on, sight);
  return canvas;
}

/** What is drawn on the slide, as its style has it. */
function outline(on: CanvasRenderingContext2D, shape: SVGGeometryElement, glass: HTMLElement): void {
  const plain = new Path2D();
  const attribute = (name: string): string => shape.getAttribute(name) ?? "";
  if (shape instanceof SVGCircleElement) plain.arc(Number(attribute("cx")), Number(attribute("cy")), Number(attribute("r")), 0, 2 * Math.PI);
  else plain.addPath(new Path2D(attribute("d") || attribute("points").replace(/^/, "M").replaceAll(" ", "L")));
  const { left, top } = glass.getBoundingClientRect();
  const onScreen = shape.getScreenCTM();
  if (!onScreen) return;
  const path = new Path2D();
  path.addPath(plain, new DOMMatrix().translate(-left - glass.clientLeft, -top - glass.clientTop).multiply(onScreen));
  const { fill, stroke, strokeWidth, strokeDasharray } = getComputedStyle(shape);
  on.setLineDash(strokeDasharray === "none" ? [] : strokeDasharray.split(",").map(Number.parseFloat));
  [on.lineWidth, on.lineCap, on.strokeStyle] = [Number.parseFloat(strokeWidth) || 2, "round", stroke];
  if (fill !== "none") {
    on.fillStyle = fill;
    on.fill(path);
  }
  on.stroke(path);
  on.setLineDash([]);
}

/** A bar of a round length in the corner, and the magnification, where the scale is known. */
function bar(on: CanvasRenderingContext2D, sight: Sight): void {
  const { micrometres, pixels, magnification, glass } = sight;
  if (!micrometres || magnification === undefined) return;
  const pixel = micrometres.x / pixels;
  const long = round(BAR * pixel);
  const wide = long / pixel;
  const said = `${length(long)} · ${number(magnification)}×`;
  on.font = "600 14px sans-serif";
  const box = { width: Math.max(wide, on.measureText(said).width) + 16, height: 36, x: 10, y: glass.clientHeight - 46 };
  on.fillStyle = "rgb(255 255 255 / .8)";
  on.fillRect(box.x, box.y, box.width, box.height);
  on.fillStyle = "#221e33";
  on.fillText(said, box.x + 8, box.y + 17);
  on.fillRect(box.x + 8, box.y + 24, wide, 4);
}

/** Bytes as an address could hold them, so that the form does not make three of each. */
async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
