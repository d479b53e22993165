// What the browser's side makes of times at which things came: node worth.mjs '[{"came": […], "all": […]}, …]' answers with as many
// numbers, bits per second, null where nothing is told.
import { build } from "esbuild";

const { outputFiles } = await build({ entryPoints: ["assets/viewer/line.ts"], bundle: true, write: false, format: "esm" });
const { worth } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(({ came, all }) => worth(came, all) ?? null)));
