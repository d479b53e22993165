// Pictures of cases to come, fetched ahead and kept in this browser: sealed with a key that the server gives to the pages of who may
// read the case, and to nobody after. What is left here without it is of no use; it is thrown away all the same.

const NAME = "relecture.ahead.";
/** Most bytes of one case, and of all. */
export const CASE_MOST = 12 * 2 ** 20;
export const ALL_MOST = 48 * 2 ** 20;
/** After so long what was kept is forgotten, milliseconds. */
const OLD = 14 * 24 * 3600 * 1000;
const INDEX = "/ahead/index";
const IV = 12;

type Index = { made: number; folder: string; bytes: number; tiles: Record<string, number> };

/** Whether this browser can keep anything sealed. */
export const able = (): boolean => "caches" in globalThis && "subtle" in (globalThis.crypto ?? {});

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
}

export class Ahead {
  private constructor(
    private readonly cache: Cache,
    private readonly key: CryptoKey,
    private index: Index,
  ) {}

  /** What is kept of a case; with `make` there is something to put pictures into. */
  static async of(id: string, key: string, make = false): Promise<Ahead | undefined> {
    if (!able() || key === "") return undefined;
    const name = NAME + id;
    if (!make && !(await caches.has(name))) return undefined;
    const cache = await caches.open(name);
    const found = await cache.match(INDEX);
    const index: Index = found ? ((await found.json()) as Index) : { made: Date.now(), folder: crypto.randomUUID(), bytes: 0, tiles: {} };
    const imported = await crypto.subtle.importKey("raw", bytesOf(key), "AES-GCM", false, ["encrypt", "decrypt"]);
    const kept = new Ahead(cache, imported, index);
    // A picture of another session cannot be opened: what is left of it is no use.
    const first = Object.keys(index.tiles)[0];
    if (first !== undefined && (await kept.get(first)) === undefined) {
      await forget(id);
      return make ? Ahead.of(id, key, true) : undefined;
    }
    return kept;
  }

  get bytes(): number {
    return this.index.bytes;
  }

  has(tile: string): boolean {
    return tile in this.index.tiles;
  }

  async get(tile: string): Promise<Blob | undefined> {
    const sealed = await this.cache.match(this.address(tile));
    if (!sealed) return undefined;
    const bytes = new Uint8Array(await sealed.arrayBuffer());
    const open = { name: "AES-GCM", iv: bytes.subarray(0, IV), additionalData: new TextEncoder().encode(tile) };
    const plain = await crypto.subtle.decrypt(open, this.key, bytes.subarray(IV)).catch(() => undefined);
    return plain && new Blob([plain]);
  }

  async put(tile: string, plain: ArrayBuffer): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(IV));
    const seal = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(tile) };
    const sealed = await crypto.subtle.encrypt(seal, this.key, plain);
    await this.cache.put(this.address(tile), new Response(new Blob([iv, sealed])));
    this.index.tiles[tile] = plain.byteLength;
    this.index.bytes += plain.byteLength;
  }

  /** Writes down what is there. */
  async save(): Promise<void> {
    await this.cache.put(INDEX, new Response(JSON.stringify(this.index)));
  }

  private address(tile: string): string {
    return `/ahead/${this.index.folder}/${tile}`;
  }
}

/** The cases of which something is kept. */
async function kept(): Promise<string[]> {
  const names = able() ? await caches.keys() : [];
  return names.filter((name) => name.startsWith(NAME)).map((name) => name.slice(NAME.length));
}

export async function forget(id: string): Promise<void> {
  if (able()) await caches.delete(NAME + id);
}

export async function forgetAll(): Promise<void> {
  await Promise.all((await kept()).map(forget));
}

/** Forgets what is older than two weeks, and the oldest where all together is too much. Bytes that are left. */
export async function tidy(): Promise<number> {
  const all: { id: string; made: number; bytes: number }[] = [];
  for (const id of await kept()) {
    const found = await (await caches.open(NAME + id)).match(INDEX);
    const index = found && ((await found.json()) as Index);
    if (!index || Date.now() - index.made > OLD) await forget(id);
    else all.push({ id, made: index.made, bytes: index.bytes });
  }
  all.sort((one, other) => one.made - other.made);
  let bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  for (const one of all) {
    if (bytes <= ALL_MOST) break;
    await forget(one.id);
    bytes -= one.bytes;
  }
  return bytes;
}
