// Bundles style and islands into assets/dist under names that carry a digest of their content, each with its compressed twins.
// build.rs runs it; `assets/dist/manifest.json` tells the program which name stands for what.
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "dist");

// Every island that has an `index.ts` of its own is one file, loaded by the pages that need it.
const islands = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, "index.ts")))
  .map((entry) => ({ in: join(here, entry.name, "index.ts"), out: entry.name }));

const { metafile } = await build({
  absWorkingDir: join(here, ".."),
  entryPoints: [{ in: join(here, "style", "workspace.css"), out: "workspace" }, ...islands],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: out,
  bundle: true,
  write: false,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
}).then((result) => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const file of result.outputFiles) {
    const name = join(out, basename(file.path));
    writeFileSync(name, file.contents);
    writeFileSync(`${name}.gz`, gzipSync(file.contents, { level: 9 }));
    writeFileSync(`${name}.br`, brotliCompressSync(file.contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }
  return result;
});

const manifest = {};
for (const [path, output] of Object.entries(metafile.outputs)) {
  if (!output.entryPoint) continue;
  const entry = relative("assets", output.entryPoint);
  const logical = entry.startsWith("style") ? "workspace.css" : `${dirname(entry)}.js`;
  manifest[logical] = basename(path);
}
writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
