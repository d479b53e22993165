// People at the other end of a line: a real browser opens the worklist, gives commands and reads a slide, and says what it took.
//
//   node visit.mjs '{"base": …, "direct": …, …}'
//
// One JSON object a line on standard output: `{"ask": "carried"}`, which is answered on standard input with what the line has carried
// so far, and `{"what": …, "ms": […], "bytes": […]}` for each figure.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const asked = JSON.parse(process.argv[2]);
const { base, direct, key, password, times, reader, coordinator, slide, offers, drafts, modes } = asked;
/** How long a person looks at a field before going on, milliseconds: in the light view, the original begins to come meanwhile. */
const LOOK = 2_000;
/** Between two jumps of a fling. */
const FLING = 200;
const FIELD = { width: 1280, height: 800 };

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (what) => console.log(JSON.stringify(what));

async function carried() {
  say({ ask: "carried" });
  const { value } = await answers.next();
  return JSON.parse(value).down;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // The front's own key is trusted as a certificate that an authority gave would be: errors that are merely passed over would
  // switch the browser's cache off.
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--ignore-certificate-errors-spki-list=${key}`],
});

/**
 * Runs in each page before anything of it: notes when a person last pressed something, and at which frame what is waited for could
 * first be seen. Instants are the clock's, so that one page can be measured from a click on another.
 */
function watch() {
  const now = () => performance.timeOrigin + performance.now();
  const seen = {};
  let [frames, busy, armed] = [0, false, false];
  const pressed = () => {
    sessionStorage.setItem("bench.pressed", String(now()));
    if (armed) [frames, busy, armed] = [0, false, false];
  };
  for (const event of ["click", "keydown"]) addEventListener(event, pressed, { capture: true });
  const holds = {
    // What stands below the last row is there, so that every row is.
    rows: () => document.querySelector("#list:not([data-old]) [role=status]") !== null,
    done: () => document.querySelector("main > .notice.good") !== null,
    field: () => {
      const sights = [...document.querySelectorAll("section.sight")];
      const coming = sights.length === 0 || sights.some((one) => one.getAttribute("aria-busy") !== "false");
      busy ||= coming;
      // A field that was there already never is on its way.
      return !coming && (busy || frames > 6);
    },
  };
  const frame = () => {
    frames += 1;
    if (armed) return void requestAnimationFrame(frame);
    // The frame in which something was there first is on the screen when the next one begins.
    for (const name of Object.keys(seen)) seen[name] ??= now();
    for (const [name, held] of Object.entries(holds)) if (!(name in seen) && held()) seen[name] = undefined;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  globalThis.bench = {
    seen,
    began: () => performance.timeOrigin,
    pressed: () => Number(sessionStorage.getItem("bench.pressed")),
    /** What is seen from now on counts from the next thing that is pressed. */
    again: () => {
      for (const name of Object.keys(seen)) delete seen[name];
      armed = true;
    },
  };
}

/** The instant at which it is seen. */
async function seen(page, name) {
  const handle = await page.waitForFunction((name) => globalThis.bench?.seen[name], name, { timeout: 120_000, polling: 50 });
  return handle.jsonValue();
}

const states = new Map();

/** The cookies of a login. */
async function cookies(login) {
  if (!states.has(login)) {
    const context = await browser.newContext({ baseURL: direct });
    const page = await context.newPage();
    await page.goto("/login");
    await page.fill("#login", login);
    await page.fill("#password", password);
    await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/login")), page.click("main button.first")]);
    states.set(login, await context.storageState());
    await context.close();
  }
  return states.get(login);
}

/** A browser that has never been here, of somebody who is logged in. */
async function visitor(login, from, options = {}) {
  const context = await browser.newContext({ baseURL: from, storageState: await cookies(login), ...options });
  await context.addInitScript(watch);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  return page;
}

const figures = new Map();

function figure(what, ms, bytes) {
  const one = figures.get(what) ?? { what, ms: [], bytes: [] };
  one.ms.push(ms);
  one.bytes.push(bytes);
  figures.set(what, one);
}

/** Measures one thing that a person does, from when it began to when `name` is seen. */
async function measured(page, what, act, name, begin = () => globalThis.bench.pressed()) {
  const before = await carried();
  await act();
  const at = await seen(page, name);
  const began = await page.evaluate(begin);
  figure(what, at - began, (await carried()) - before);
}

const quiet = (page) => page.waitForLoadState("networkidle");

async function worklist() {
  const page = await visitor(coordinator, base);
  const list = "/worklist?scope=network&view=all";
  await measured(page, "worklist, first visit: rows painted", () => page.goto(list, { waitUntil: "commit" }), "rows", () => globalThis.bench.began());
  const rows = await page.locator("a[data-row]").count();
  if (rows !== 50) throw new Error(`a page of ${rows} rows`);
  await quiet(page);
  await measured(page, "worklist, next page: rows painted", () => page.click("a[rel=next]", { noWaitAfter: true }), "rows");
  await quiet(page);
  await page.evaluate(() => {
    globalThis.bench.again();
    document.querySelector("#list").dataset.old = "";
  });
  const filter = async () => {
    await page.selectOption("#urgency", "routine");
    await page.click(".filters button");
  };
  await measured(page, "action: filter the worklist", filter, "rows");
  await page.context().close();
}

async function accept({ login, id }) {
  const page = await visitor(login, base);
  await page.goto(`/cases/${id}`);
  await quiet(page);
  const press = () => page.click('form[action$="/do/accept"] button', { noWaitAfter: true });
  await measured(page, "action: accept a case", press, "done");
  await page.context().close();
}

async function draft({ login, id }) {
  const page = await visitor(login, base);
  await page.goto(`/cases/${id}/opinion`);
  await quiet(page);
  const field = page.locator("form[data-save] textarea").first();
  const before = await carried();
  // It is kept a moment after the last key: that moment is meant, and not counted.
  const [request] = await Promise.all([page.waitForRequest((one) => one.method() === "POST"), field.pressSequentially("Carcinome")]);
  await (await request.response()).finished();
  const { responseEnd } = request.timing();
  figure("action: a draft is kept", responseEnd, (await carried()) - before);
  await page.context().close();
}

/** The window in which the slide has the size that is promised. */
async function fitting(login) {
  const page = await visitor(login, direct, { viewport: { width: 1330, height: 1080 } });
  await page.goto(slide.page);
  await seen(page, "field");
  const glass = await page.locator("[data-glass]").evaluate((one) => ({ width: one.clientWidth, height: one.clientHeight }));
  await page.context().close();
  return { width: 1330 + FIELD.width - glass.width, height: 1080 + FIELD.height - glass.height };
}

/** Opens the slide from its case, goes to 1:1, to the field beside, and far away in six jumps. */
async function read(from, mode, viewport, note) {
  const page = await visitor(reader, from, { viewport });
  await page.addInitScript((light) => light && localStorage.setItem("relecture.light", light), { light: "on", original: "off" }[mode]);
  await page.goto(slide.case);
  await quiet(page);
  const step = async (what, act) => (note ? measured(page, `${what}${mode === "auto" ? "" : ` (${mode})`}`, act, "field") : (await act(), seen(page, "field")));
  await step("slide opened: overview sharp", () => page.click(`a.slide[href="${slide.page}"]`, { noWaitAfter: true }));
  const glass = await page.locator("[data-glass]").evaluate((one) => [one.clientWidth, one.clientHeight]);
  if (glass[0] !== FIELD.width || glass[1] !== FIELD.height) throw new Error(`a field of ${glass.join(" × ")}`);
  const go = async (keys) => {
    for (const [index, key] of keys.entries()) {
      if (index === keys.length - 1) await page.evaluate(() => globalThis.bench.again());
      await page.keyboard.press(key);
      if (index < keys.length - 1) await page.waitForTimeout(FLING);
    }
  };
  await page.waitForTimeout(LOOK);
  await step("jump to 1:1: field sharp", () => go(["5"]));
  await page.waitForTimeout(LOOK);
  await step("field beside: sharp", () => go(["Shift+ArrowDown"]));
  await page.waitForTimeout(LOOK);
  const fling = ["ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown"].map((one) => `Shift+${one}`);
  await step("six jumps: settled", () => go(fling));
  if (asked.pictures && note) await page.screenshot({ path: `${asked.pictures}-${mode}.png` });
  await page.context().close();
}

// A person who is nowhere for minutes is a fault, not a figure.
setTimeout(() => {
  console.error("the visit did not end in ten minutes");
  process.exit(1);
}, 600_000).unref();
const viewport = await fitting(reader);
// What the slide's own server gives is in the gateway's memory before anything is measured.
for (const mode of modes) await read(direct, mode, viewport, false);
for (let time = 0; time < times; time += 1) {
  await worklist();
  for (const mode of modes) await read(base, mode, viewport, true);
}
for (const one of offers) await accept(one);
for (const one of drafts) await draft(one);
for (const one of figures.values()) say(one);
await browser.close();
// Standard input stays open otherwise.
process.exit(0);
