// An expert draws on a slide: by mouse, by finger, by keyboard alone; names, changes and removes it; finds it again by a link; and
// shows a view in the opinion. Without script the list is there, to be read and named anew.
import { check } from "./support.mjs";

const SAID = {
  fr: { change: "Modifier", view: "vue de la lame", kinds: ["Rectangle", "Point"] },
  en: { change: "Change", view: "view of the slide", kinds: ["Rectangle", "Point"] },
};

const notes = (page) => page.locator("[data-notes] > ol > li");

/** What is drawn: kind, points and label of each, as the list has them. */
async function drawn(page) {
  return notes(page).evaluateAll((items) =>
    items.map((item) => ({
      kind: item.dataset.kind,
      points: item.dataset.points.split(" ").map((point) => point.split(",").map(Number)),
      label: item.dataset.label,
      own: item.querySelector("form") !== null,
    })),
  );
}

async function count(page, wanted) {
  await page.waitForFunction((n) => document.querySelectorAll("[data-notes] > ol > li").length === n, wanted)
    .catch(async () => check(false, `${wanted} annotations: ${JSON.stringify(await drawn(page))}`));
}

/** Where a place of the slide lies in the window, by the view in the address. */
async function onScreen(page, [x, y]) {
  const { left, top, width, height } = await page.locator("[data-glass]").first().evaluate((glass) => {
    const { left, top } = glass.getBoundingClientRect();
    return { left, top, width: glass.clientWidth, height: glass.clientHeight };
  });
  const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
  const view = Object.fromEntries([...hash].map(([name, value]) => [name, Number(value)]));
  const border = 2;
  return [left + border + width / 2 + (x - view.x) * view.pixels, top + border + height / 2 + (y - view.y) * view.pixels];
}

async function sharp(page) {
  await page.waitForFunction(() => document.querySelector('section.sight[aria-busy="false"]') && location.hash.includes("pixels"));
}

export async function tell(told, way) {
  const said = SAID[way.language];
  const expert = await told.login("expert.breast", { hasTouch: way.width < 600, permissions: ["clipboard-read", "clipboard-write"] });
  if (way.script) await expert.evaluate(() => localStorage.setItem("relecture.light", "off"));
  await expert.goto("/worklist");
  await Promise.all([expert.waitForURL(/\/cases\//), expert.click("a[data-row]")]);
  const place = new URL(expert.url()).pathname;
  await Promise.all([expert.waitForURL(/\/slides\//), expert.click("a.slide >> nth=0")]);
  const slide = new URL(expert.url()).pathname;

  await count(expert, 2);
  const [asked, own] = await drawn(expert);
  check(asked.label === "<b>Ici ?</b>" && !asked.own && own.own, "what others drew is read, what is one's own is changed");
  if (way.script) {
    await sharp(expert);
    await draw(told, expert, way);
  } else await plainly(told, expert, said);

  // A view in the opinion is a link on the page of the case, and leads there.
  await expert.goto(`${place}/opinion`);
  await expert.fill("#conclusion", `Foyer ici : ${way.base}${slide}#x=700&y=700&pixels=0.5&degrees=90. Voilà.`);
  await expert.check('[name="concordance"] >> nth=0');
  await expert.fill("#microscopy", "Cellules indépendantes.");
  await expert.fill("#password", "a long enough password");
  await Promise.all([expert.waitForURL(/done=done-sign/), expert.click("button.first")]);
  const link = expert.getByRole("link", { name: said.view });
  check((await link.getAttribute("href")) === `${slide}#x=700&y=700&pixels=0.5&degrees=90`, "the view is a link without its server");
  await told.look(expert, "4-in-the-opinion");
  await Promise.all([expert.waitForURL(/\/slides\//), link.click()]);
  if (way.script) {
    await sharp(expert);
    const at = new URLSearchParams(new URL(expert.url()).hash.slice(1));
    check(Math.abs(Number(at.get("x")) - 700) <= 2 && at.get("degrees") === "90", `the link leads to the view: ${expert.url()}`);
  }
}

async function plainly(told, expert, said) {
  const own = notes(expert).nth(1);
  await own.locator("summary", { hasText: said.change }).click();
  await own.locator('input[name="label"]').fill("Sans script");
  await sent(expert, own.locator('button[value="name"]'));
  check((await drawn(expert))[1].label === "Sans script", "a label is changed without script");
  await told.look(expert, "1-plain");
  await notes(expert).nth(1).locator("summary").click();
  await sent(expert, notes(expert).nth(1).locator('button[value="remove"]'));
  check((await notes(expert).count()) === 1, "one annotation is left without script");
}

/** Presses a button whose form comes back to the same address. */
async function sent(page, button) {
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState();
}

async function draw(told, expert, way) {
  const glass = expert.locator("[data-glass]").first();
  const canvas = glass.locator("[role=application]");
  const near = (one, other, within = 2) => Math.abs(one - other) <= within;
  const tap = async (at) => (way.width < 600 ? expert.touchscreen.tap(...at) : expert.mouse.click(...at));
  const last = async () => (await drawn(expert)).at(-1);

  // By mouse or finger: a point, where it was put.
  await expert.fill("#note-label", "Mitose");
  await expert.click('[data-do="note"][data-value="point"]');
  check((await expert.getAttribute('[data-value="point"]', "aria-pressed")) === "true", "the tool is in hand");
  await tap(await onScreen(expert, [1000, 500]));
  await count(expert, 3);
  const point = await last();
  const pixel = 1 / Number(new URLSearchParams(new URL(expert.url()).hash.slice(1)).get("pixels"));
  check(point.kind === "point" && point.label === "Mitose", `a point: ${JSON.stringify(point)}`);
  check(near(point.points[0][0], 1000, 2 * pixel) && near(point.points[0][1], 500, 2 * pixel), `it lies where it was put: ${point.points}, ${pixel}`);

  // A rectangle by dragging, an ellipse by two clicks, an outline by clicks that end where they began.
  await expert.fill("#note-label", "");
  const pull = async (from, to) => {
    await expert.mouse.move(...from);
    await expert.mouse.down();
    await expert.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 4 });
    await expert.mouse.move(...to, { steps: 4 });
    await expert.mouse.up();
  };
  const [low, high] = [await onScreen(expert, [700, 900]), await onScreen(expert, [1200, 1300])];
  await expert.click('[data-value="rectangle"]');
  await pull(low, high);
  await count(expert, 4);
  const box = await last();
  check(box.kind === "rectangle" && near(box.points[0][0], 700, 2 * pixel) && near(box.points[1][1], 1300, 2 * pixel), `a rectangle: ${box.points}`);
  await expert.click('[data-value="ellipse"]');
  for (const at of [low, high]) await tap(at);
  await count(expert, 5);
  await expert.click('[data-value="polygon"]');
  for (const at of [low, [high[0], low[1]], high, low]) await tap(at);
  await count(expert, 6);
  check((await last()).points.length === 3, "an outline ends where it began");
  await expert.click('[data-value="free_hand"]');
  await pull(low, high);
  await count(expert, 7);
  check((await last()).points.length > 3, "a line follows the hand");
  await expert.keyboard.press("Escape");
  await told.look(expert, "1-drawn");

  // By keyboard alone: to the field, the tool, a point in the middle, another one a step away.
  await canvas.focus();
  await expert.keyboard.press("5");
  await expert.waitForFunction(() => Math.abs(Number(new URLSearchParams(location.hash.slice(1)).get("pixels")) - 1) < 0.01);
  await expert.keyboard.press("g");
  await expert.keyboard.press("Enter");
  await expert.keyboard.press("ArrowRight");
  await expert.keyboard.press("Enter");
  await count(expert, 8);
  const line = await last();
  const wide = await glass.evaluate((element) => element.clientWidth);
  check(line.kind === "line" && near(line.points[1][0] - line.points[0][0], wide / 4, 2), `a line by keyboard: ${line.points}, ${wide}`);
  await expert.keyboard.press("v");
  for (const key of ["Enter", "ArrowDown", "Enter", "ArrowLeft", "Enter", "v"]) await expert.keyboard.press(key);
  await count(expert, 9);
  check((await last()).points.length === 3, "the key of the tool ends an outline");
  await expert.keyboard.press("z");
  for (const key of ["Enter", "ArrowUp", "ArrowRight", "Enter"]) await expert.keyboard.press(key);
  await count(expert, 10);
  await expert.keyboard.press("z");

  // Drawn again after turning and enlarging, everything lies where it lay.
  const placed = await glass.locator("path.note.rectangle").nth(1).boundingBox();
  await expert.keyboard.press("0");
  await expert.keyboard.press("r");
  await expert.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).get("degrees") === "90");
  const turned = await glass.locator("path.note.rectangle").nth(1).boundingBox();
  check(turned.height > turned.width * 1.1 && placed.width > 0, `a rectangle turns with its slide: ${JSON.stringify(turned)}`);
  await expert.keyboard.press("u");

  // Named anew, drawn anew, removed; the list says so, and a reload finds it.
  const item = notes(expert).nth(2);
  await item.locator("summary").click();
  await item.locator('input[name="label"]').fill("Métastase");
  await item.locator('button[value="name"]').click();
  await expert.waitForFunction(() => document.querySelectorAll("[data-notes] li")[2]?.dataset.label === "Métastase");
  await item.locator("summary").click();
  await item.locator("[data-redraw]").click();
  await canvas.focus();
  await expert.keyboard.press("Enter");
  await expert.waitForFunction((before) => document.querySelectorAll("[data-notes] li")[2]?.dataset.points !== before, point.points[0].join(","));
  check((await drawn(expert))[2].label === "Métastase", "what is drawn anew keeps its label");
  await notes(expert).nth(9).locator("summary").click();
  await notes(expert).nth(9).locator('button[value="remove"]').click();
  await count(expert, 9);

  // In another window of the same person it was changed before: this one is told, and nothing is overwritten.
  const other = await expert.context().newPage();
  await other.goto(new URL(expert.url()).pathname);
  await notes(other).nth(2).locator("summary").click();
  await notes(other).nth(2).locator('input[name="label"]').fill("Ailleurs");
  await notes(other).nth(2).locator('button[value="name"]').click();
  await other.waitForFunction(() => document.querySelectorAll("[data-notes] li")[2]?.dataset.label === "Ailleurs");
  await other.close();
  await notes(expert).nth(2).locator("summary").click();
  await notes(expert).nth(2).locator('input[name="label"]').fill("Trop tard");
  await notes(expert).nth(2).locator('button[value="name"]').click();
  await expert.locator("[data-notes] [role=alert]").waitFor();
  check((await notes(expert).nth(2).locator('input[name="label"]').inputValue()) === "Trop tard", "what was typed is kept");
  check((await drawn(expert))[2].label === "Ailleurs", "what the other window wrote is shown");
  await told.look(expert, "2-stale");

  // The line is lost while something is drawn: it is kept, and sent when the line is back.
  await expert.context().setOffline(true);
  await canvas.focus();
  await expert.keyboard.press("t");
  await expert.keyboard.press("Enter");
  await glass.locator("path.note.unsent").waitFor({ state: "attached" });
  await expert.locator("[data-news]").waitFor();
  await expert.context().setOffline(false);
  await count(expert, 10);
  await expert.keyboard.press("Escape");

  // A link to one of them, and to the view.
  await notes(expert).nth(0).locator("a").click();
  await glass.locator("path.note.chosen").waitFor({ state: "attached" });
  await expert.waitForFunction(() => Math.abs(Number(new URLSearchParams(location.hash.slice(1)).get("x")) - 750) <= 2)
    .catch(() => check(false, `the link goes to the annotation: ${expert.url()}`));
  await expert.click('[data-do="link"]');
  const copied = await expert.evaluate(() => navigator.clipboard.readText());
  check(copied === expert.url() && copied.includes("#x="), `the view is copied: ${copied}`);
  await expert.reload();
  await sharp(expert);
  await count(expert, 10);
  await told.look(expert, "3-again");

  // Out to another program and in again.
  const [file] = await Promise.all([expert.waitForEvent("download"), expert.click('[data-notes] a[download]')]);
  const path = await file.path();
  await expert.locator('[data-import] input').setInputFiles({ name: "lame.geojson", mimeType: "application/json", buffer: (await import("node:fs")).readFileSync(path) });
  await count(expert, 20);
}
