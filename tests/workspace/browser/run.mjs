// Tells one story: node run.mjs STORY '{"base": …}'. Ends with 1 and says why when it does not hold.
import { open } from "./support.mjs";

const [story, way] = [process.argv[2], JSON.parse(process.argv[3])];
const { tell } = await import(`./${story}.mjs`);
const told = await open(way);
// A story that waits for what never comes fails in words instead of holding the suite.
setTimeout(() => {
  console.error(`${story} did not end in three minutes`);
  process.exit(1);
}, 180_000).unref();
try {
  await tell(told, way);
  await told.close();
} catch (error) {
  console.error(error.stack ?? error);
  for (const fault of told.faults) console.error(fault);
  await told.browser.close();
  process.exit(1);
}
