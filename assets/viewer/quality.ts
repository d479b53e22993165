// The light view, for slow lines: fewer bytes while the reader moves, the scanner's own pictures as soon as they stay. Which of the
// two is on the screen is always said.
import type OpenSeadragon from "openseadragon";
import type { Sight } from "./sight";
import type { Words } from "./words";

/** How long a slide rests, milliseconds, until the scanner's own pictures are fetched for the field. */
const IDLE = 1500;

export class Quality {
  /** Whether the person or the line asks for it. */
  on = false;
  private light: OpenSeadragon.TiledImage | undefined;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private view = "";
  private told = "";

  constructor(private readonly sight: Sight, private readonly mark: HTMLElement, private readonly words: Words) {
    for (const event of ["pan", "zoom", "rotate"] as const) sight.viewer.addHandler(event, () => this.moved());
    sight.viewer.addHandler("update-viewport", () => this.tell());
    sight.onLoad(() => this.tell());
  }

  /** Whether what is seen is not the scanner's own. */
  get seenLight(): boolean {
    const { image } = this.sight;
    return this.light !== undefined && !(image.opacity > 0 && image.getFullyLoaded());
  }

  switch(on: boolean): void {
    if (on === this.on) return;
    this.on = on;
    const { viewer, image } = this.sight;
    if (this.light) viewer.world.removeItem(this.light);
    this.light = undefined;
    if (!on) return this.original();
    viewer.addTiledImage({
      tileSource: this.sight.source("light"),
      index: 0,
      success: (event) => {
        this.light = (event as unknown as { item: OpenSeadragon.TiledImage }).item;
        if (!this.on) return viewer.world.removeItem(this.light);
        this.sight.watch(this.light);
        this.lighten();
      },
    } as OpenSeadragon.TiledImageOptions);
    image.setOpacity(0);
  }

  /** Only where the view itself changes: a slide is drawn anew for other reasons too. */
  private moved(): void {
    const { viewport } = this.sight.viewer;
    const view = `${viewport.getBoundsNoRotate()} ${viewport.getRotation()}`;
    if (view === this.view) return;
    this.view = view;
    if (this.light) this.lighten();
  }

  private lighten(): void {
    clearTimeout(this.waiting);
    this.sight.image.setOpacity(0);
    this.sight.hurry(true);
    this.waiting = setTimeout(() => this.rested(), IDLE);
  }

  /** The light pictures come first: on a slow line the original would only hold them up. */
  private rested(): void {
    if (this.light?.getFullyLoaded()) this.original();
    else this.waiting = setTimeout(() => this.rested(), IDLE);
  }

  /** Drawn once more, the original knows what is missing of it; then the mark is right. */
  private original(): void {
    clearTimeout(this.waiting);
    this.sight.hurry(!this.on);
    this.sight.image.setOpacity(1);
    this.sight.viewer.forceRedraw();
  }

  private tell(): void {
    const now = `${this.on} ${this.seenLight}`;
    if (now === this.told) return;
    this.told = now;
    this.sight.busy();
    this.mark.hidden = !this.on;
    this.mark.textContent = (this.seenLight ? this.words.light : this.words.original) ?? "";
    this.mark.classList.toggle("soon", this.seenLight);
    this.mark.classList.toggle("done", !this.seenLight);
  }
}
