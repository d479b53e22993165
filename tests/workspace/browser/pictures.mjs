// An expert's list shows the tissue of each case where the line bears it: beside what is said, never before it; not when the browser
// saves data, not on a slow line, and not without script.
import { check } from "./support.mjs";

/** Opens the list in a window of the expert and counts what is asked for. */
async function list(told, prepare = async () => {}) {
  const expert = await told.login("expert.breast");
  const asked = [];
  // The list that the login led to goes on asking for its pictures until it is left.
  await expert.goto("about:blank");
  expert.on("request", (request) => request.url().endsWith("/thumbnail") && asked.push(request.url()));
  await prepare(expert);
  await expert.goto("/worklist", { waitUntil: "networkidle" });
  check((await expert.locator("a[data-row]").count()) === 2, "the list is whole");
  return { expert, asked };
}

export async function tell(told, way) {
  const { expert, asked } = await list(told);
  if (!way.script) {
    check(asked.length === 0, "without script the list is as it was");
    return told.look(expert, "list-plain");
  }
  check(asked.length === 2, `each case is asked for its picture once: ${asked.length}`);
  const pictures = expert.locator("img.picture");
  check((await pictures.count()) === 1, "a case whose slide cannot be read shows none");
  const seen = await pictures.evaluate((one) => ({
    alt: one.alt,
    wide: one.naturalWidth,
    row: one.closest("tr").querySelector("a[data-row]").textContent,
  }));
  check(seen.wide > 0 && seen.alt.endsWith(seen.row), `it says what it is: ${JSON.stringify(seen)}`);
  await told.look(expert, "list-pictures");
  // The list that a filter brings has its pictures too.
  await expert.selectOption("#urgency", "routine");
  await expert.waitForURL(/urgency=routine/);
  await expert.locator("img.picture").first().waitFor();

  const saving = await list(told, (page) =>
    page.addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } })));
  check(saving.asked.length === 0, "who saves data is asked for none");
  const slow = await list(told, async (page) => {
    const line = await page.context().newCDPSession(page);
    await line.send("Network.enable");
    const wide = 512 * 128;
    await line.send("Network.emulateNetworkConditions", { offline: false, latency: 300, downloadThroughput: wide, uploadThroughput: wide });
  });
  check(slow.asked.length === 0, "a slow line carries words alone");
  await told.look(slow.expert, "list-slow-line");
}
