// One slide on the screen. OpenSeadragon draws it; here is what it is told about slow lines, micrometres and whole fields.
import OpenSeadragon from "openseadragon";
import type { Ahead } from "../ahead/store";
import { sofar } from "../islands/sample";
import { known, remember, slowSoFar, worth } from "./line";
import { FILLED, finest, levelOf } from "./pyramid";
import { magnificationOf, micrometresAt } from "./scale";

/** A place on the slide, pixels of its finest resolution. */
export type Place = { x: number; y: number };

/** How a slide is looked at. */
export type Look = Place & { pixels: number; degrees: number };

/** Tiles asked for at a time where the line is fast, at least and at most where it is slow, and where nobody waits for them. */
const AT_ONCE = { fast: 24, least: 5, most: 16, waiting: 4 };
/** So many bits are twice what a line of one bit per second holds in a round trip of 300 ms, and so many a light tile. */
const HELD = 0.6;
const LIGHT_TILE = 8 * 8192;
/** After how many tiles the line is judged, at first and once more. */
const JUDGED = [8, 32];
/** What neighbouring fields share when one is put beside the other, so that nothing is lost between them. */
const OVERLAP = 0.1;
/** How far a picture may be blown up: pixels of the screen for a pixel of the slide. */
const LARGEST = 4;

/** A tile that OpenSeadragon wants. */
type Download = { tile: { level: number; x: number; y: number }; finish(data: unknown, request: null, type: string): void };

/** As many tiles as keep a slow line busy; more would be in the way when the reader goes on. */
function busily(): number {
  return Math.min(AT_ONCE.most, Math.max(AT_ONCE.least, Math.ceil(((known() ?? 0) * HELD) / LIGHT_TILE)));
}

export class Sight {
  readonly viewer: OpenSeadragon.Viewer;
  readonly width: number;
  readonly height: number;
  /** Micrometres per pixel across and down, where they are known and to be believed. */
  readonly micrometres: { x: number; y: number } | undefined;
  /** Where the pointer is on the glass. */
  pointer: OpenSeadragon.Point | undefined;
  /** The scanner's own pictures; there may be lighter ones beneath. */
  image!: OpenSeadragon.TiledImage;
  private base: string;
  /** Whether the line has turned out to be slow. */
  private slow: boolean;
  private moved: (() => void)[] = [];
  private settled: (() => void)[] = [];
  private loaded: (() => void)[] = [];

  /** `light` when the scanner's own pictures are not fetched yet; `onSlow` is called when the line turns out to be slow. */
  constructor(
    readonly section: HTMLElement,
    readonly glass: HTMLElement,
    light: boolean,
    private readonly having: { ahead: Ahead | undefined; onSlow: () => void },
  ) {
    const { base = "", width, height, mppX, mppY } = section.dataset;
    this.base = base;
    this.width = Number(width);
    this.height = Number(height);
    this.micrometres = mppX && mppY ? { x: Number(mppX), y: Number(mppY) } : undefined;
    // OpenSeadragon would put a style sheet into the page, which its policy forbids; a page with this mark has it already.
    document.querySelector("style")?.setAttribute("data-openseadragon-mobile-css", "");
    this.slow = slowSoFar();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const touch = { clickToZoom: false, dblClickToZoom: true, flickEnabled: !still };
    this.viewer = OpenSeadragon({
      element: glass,
      // WebGL copies each picture once more and is missing on the thin clients of hospitals.
      drawer: "canvas",
      showNavigationControl: false,
      keyboardNavEnabled: false,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
      gestureSettingsTouch: touch,
      gestureSettingsPen: touch,
      zoomPerScroll: 1.3,
      animationTime: still ? 0 : 0.4,
      springStiffness: 9,
      visibilityRatio: 0.2,
      maxZoomPixelRatio: LARGEST,
      imageLoaderLimit: this.slow ? busily() : AT_ONCE.fast,
      maxTilesPerFrame: 20,
      minPixelRatio: this.slow ? FILLED.slow : FILLED.fast,
      tileRetryMax: 3,
      timeout: 60_000,
      maxImageCacheCount: 1000,
      tileSources: [{ tileSource: this.source("slide"), opacity: light ? 0 : 1 }],
    } as unknown as OpenSeadragon.Options);
    this.viewer.addOnceHandler("open", () => this.opened());
    for (const event of ["update-viewport", "rotate", "resize"] as const) this.viewer.addHandler(event, () => this.tell(this.moved));
    this.viewer.addHandler("animation-finish", () => this.tell(this.settled));
    glass.addEventListener("pointermove", (event) => {
      const { left, top } = glass.getBoundingClientRect();
      this.pointer = new OpenSeadragon.Point(event.clientX - left, event.clientY - top);
    });
    glass.addEventListener("pointerleave", () => (this.pointer = undefined));
  }

  /** The slide's tiles: as the scanner wrote them, or lighter. */
  source(kind: "slide" | "light"): object {
    const { slide, tile, overlap } = this.section.dataset;
    const { ahead } = this.having;
    const fetched = OpenSeadragon.TileSource.prototype as unknown as { downloadTileStart(context: Download): void };
    return {
      width: this.width,
      height: this.height,
      tileSize: Number(tile),
      tileOverlap: Number(overlap),
      minLevel: this.coarsest(Number(tile)),
      getTileUrl: (level: number, x: number, y: number) => `${this.base}/${kind}_files/${level}/${x}_${y}.jpg`,
      // What was fetched ahead comes out of this browser; a picture that cannot be opened any more comes over the line.
      downloadTileStart(context: Download) {
        const { level, x, y } = context.tile;
        const name = `${slide}/${kind}/${level}/${x}_${y}`;
        if (!ahead?.has(name)) return fetched.downloadTileStart.call(this, context);
        void ahead.get(name).then((found) => (found ? context.finish(found, null, "rasterBlob") : fetched.downloadTileStart.call(this, context)));
      },
      // The same tile under the next grant is the same tile.
      getTileHashKey: (level: number, x: number, y: number) => `${slide}/${kind}/${level}/${x}/${y}`,
    };
  }

  /** The coarsest level that is fetched: one tile; on a slow line the overview itself, without anything on the way to it. */
  private coarsest(tile: number): number {
    const pyramid = { width: this.width, height: this.height, tile };
    const { clientWidth, clientHeight } = this.glass;
    const whole = Math.min(clientWidth / this.width, clientHeight / this.height);
    const oneTile = finest(pyramid) - Math.ceil(Math.log2(Math.max(this.width, this.height) / tile));
    return Math.max(0, this.slow && whole > 0 ? Math.max(oneTile, levelOf(pyramid, whole, FILLED.slow)) : oneTile);
  }

  /** Pictures come from there from now on. */
  from(base: string): void {
    this.base = base;
  }

  onMove(then: () => void): void {
    this.moved.push(then);
  }

  /** Calls `then` whenever the slide has come to rest. */
  onRest(then: () => void): void {
    this.settled.push(then);
  }

  /** Calls `then` whenever something begins to load or has arrived. */
  onLoad(then: () => void): void {
    this.loaded.push(then);
  }

  /** Takes note of when pictures have arrived. */
  watch(image: OpenSeadragon.TiledImage): void {
    const changed = (): void => {
      // The overview is there: from now on the sharp tiles first, not all resolutions on the way.
      if (image.getFullyLoaded()) image.immediateRender = true;
      this.busy();
    };
    image.addHandler("fully-loaded-change", changed);
    changed();
  }

  /** How many tiles come at a time: few where nobody waits for them, since what is on its way cannot be taken back from a line. */
  hurry(waitedFor: boolean): void {
    const many = this.slow ? busily() : AT_ONCE.fast;
    (this.viewer as unknown as { imageLoader: { jobLimit: number } }).imageLoader.jobLimit = waitedFor ? many : Math.min(AT_ONCE.waiting, Math.ceil(many / 3));
  }

  /** Says whether what is seen is still on its way. */
  busy(): void {
    const { world } = this.viewer;
    const all = Array.from({ length: world.getItemCount() }, (_, at) => world.getItemAt(at));
    const top = all.findLast((image) => image.opacity > 0);
    this.section.setAttribute("aria-busy", String(!top?.getFullyLoaded()));
    this.tell(this.loaded);
  }

  private tell(listeners: (() => void)[]): void {
    if (this.viewer.isOpen()) for (const listener of listeners) listener();
  }

  private opened(): void {
    this.image = this.viewer.world.getItemAt(0);
    this.watch(this.image);
    const { viewport } = this.viewer;
    const low = this.micrometres ? this.image.imageToViewportZoom(this.micrometres.x / micrometresAt(1.25)) : Infinity;
    viewport.minZoomLevel = Math.min(viewport.getHomeZoom() * 0.8, low);
    const canvas = this.viewer.canvas as HTMLElement;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", this.section.dataset.label ?? "");
    this.measureLine();
    this.tell(this.moved);
    this.tell(this.settled);
  }

  /** The browser's word about the line is a guess; what the first tiles took is not. */
  private measureLine(): void {
    const counts = [...JUDGED];
    const tiles: PerformanceResourceTiming[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const one of list.getEntries() as PerformanceResourceTiming[]) {
        if (!one.name.includes("_files/") || one.transferSize === 0) continue;
        // What comes after a pause has begun anew.
        if (tiles.length > 0 && one.requestStart > Math.max(...tiles.map((tile) => tile.responseEnd))) tiles.length = 0;
        tiles.push(one);
      }
      if (tiles.length < (counts[0] ?? 0)) return;
      counts.shift();
      if (counts.length === 0) observer.disconnect();
      remember(worth(tiles, sofar()));
      if (slowSoFar()) this.slowDown();
    });
    observer.observe({ type: "resource" });
  }

  private slowDown(): void {
    this.slow = true;
    this.hurry(true);
    // The viewer's for what is still to be added, the image's for what is there.
    for (const one of [this.viewer, this.image]) (one as unknown as { minPixelRatio: number }).minPixelRatio = FILLED.slow;
    this.having.onSlow();
  }

  /** Pixels of the screen for a pixel of the slide. */
  get pixels(): number {
    return this.image.viewportToImageZoom(this.viewer.viewport.getZoom(true));
  }

  get magnification(): number | undefined {
    return this.micrometres && magnificationOf(this.micrometres.x / this.pixels);
  }

  get degrees(): number {
    return ((this.viewer.viewport.getRotation(true) % 360) + 360) % 360;
  }

  get centre(): Place {
    const { viewport } = this.viewer;
    const { x, y } = this.image.viewportToImageCoordinates(viewport.getCenter(true));
    return { x, y };
  }

  /** Where the middle will be when the slide has come to rest. */
  get destination(): Place {
    const { viewport } = this.viewer;
    const { x, y } = this.image.viewportToImageCoordinates(viewport.getCenter());
    return { x, y };
  }

  get look(): Look {
    return { ...this.centre, pixels: this.pixels, degrees: this.degrees };
  }

  /** Looks there; what is not given stays. */
  show(look: Partial<Look>, immediately = false): void {
    const { viewport } = this.viewer;
    if (look.degrees !== undefined) viewport.setRotation(look.degrees, immediately);
    if (look.pixels !== undefined) viewport.zoomTo(this.image.imageToViewportZoom(look.pixels), undefined, immediately);
    if (look.x !== undefined && look.y !== undefined) {
      viewport.panTo(this.image.imageToViewportCoordinates(look.x, look.y), immediately);
    }
  }

  magnify(magnification: number): void {
    if (this.micrometres) this.zoom(this.micrometres.x / micrometresAt(magnification));
  }

  /** Enlarges about the pointer where there is one. */
  zoom(pixels: number): void {
    const { viewport } = this.viewer;
    viewport.zoomTo(this.image.imageToViewportZoom(pixels), this.pointer && viewport.pointFromPixel(this.pointer, true));
    viewport.applyConstraints();
  }

  zoomBy(factor: number): void {
    const { viewport } = this.viewer;
    this.zoom(this.image.viewportToImageZoom(viewport.getZoom()) * factor);
  }

  /** Goes across by a share of what is seen, in directions of the screen. */
  step(across: number, down: number, share: number): void {
    const { viewport } = this.viewer;
    const seen = viewport.getBoundsNoRotate();
    const by = new OpenSeadragon.Point(across * share * seen.width, down * share * seen.height);
    viewport.panBy(by.rotate(-viewport.getRotation()));
    viewport.applyConstraints();
  }

  /** To the next field: nothing between two fields is left out. */
  field(across: number, down: number): void {
    this.step(across, down, 1 - OVERLAP);
  }

  whole(): void {
    this.viewer.viewport.setRotation(0);
    this.viewer.viewport.goHome();
  }

  /** Where a place of the slide is on the glass. */
  onGlass({ x, y }: Place): Place {
    return this.image.imageToViewerElementCoordinates(new OpenSeadragon.Point(x, y));
  }

  /** Which place of the slide is there on the glass. */
  onSlide({ x, y }: Place): Place {
    return this.image.viewerElementToImageCoordinates(new OpenSeadragon.Point(x, y));
  }

  /** The four corners of what is seen, on the slide. */
  get corners(): Place[] {
    const { clientWidth: w, clientHeight: h } = this.glass;
    return [[0, 0], [w, 0], [w, h], [0, h]].map(([x = 0, y = 0]) => this.onSlide({ x, y }));
  }
}
