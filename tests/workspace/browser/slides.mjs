// An expert reads the slides of a case: from the case page to the whole slide, to a magnification, field by field, turned, measured,
// counted, two at a time; one without a scale, and one that cannot be read. Without script, overviews and words.
import { check } from "./support.mjs";

/** Waits until everything that is seen of the slides has arrived. */
async function sharp(page, count = 1) {
  await page.waitForFunction((n) => document.querySelectorAll('section.sight[aria-busy="false"]').length >= n, count);
}

/** The view, as the address keeps it. */
async function view(page) {
  const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
  return Object.fromEntries([...hash].map(([name, value]) => [name, Number(value)]));
}

/** Waits until the view in the address has this value, as near as said. */
async function rests(page, name, wanted, within = 0) {
  const near = ([name, wanted, within]) => Math.abs(Number(new URLSearchParams(location.hash.slice(1)).get(name)) - wanted) <= within;
  await page.waitForFunction(near, [name, wanted, within]).catch(() => check(false, `${name} is not ${wanted}: ${page.url()}`));
}

/** How far the canvas is from the same region as the gateway gives it, and from its mirror image: mean difference of a channel. */
async function differences(page) {
  return page.evaluate(async () => {
    const size = 24;
    const drawn = (picture, mirrored) => {
      const canvas = new OffscreenCanvas(size, size);
      const on = canvas.getContext("2d");
      on.imageSmoothingQuality = "high";
      if (mirrored) on.setTransform(-1, 0, 0, 1, size, 0);
      on.drawImage(picture, 0, 0, size, size);
      return on.getImageData(0, 0, size, size).data;
    };
    const section = document.querySelector("section.sight");
    const canvas = section.querySelector("[data-glass] canvas");
    const view = Object.fromEntries([...new URLSearchParams(location.hash.slice(1))].map(([name, value]) => [name, Number(value)]));
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((edge) => Math.round(edge / view.pixels));
    const [x, y] = [Math.round(view.x - width / 2), Math.round(view.y - height / 2)];
    const region = `${x},${y},${width},${height}`;
    const answer = await fetch(`${section.dataset.base}/iiif/${region}/!512,512/0/default.jpg`);
    if (!answer.ok) throw new Error(`${region}: ${answer.status} ${await answer.text()}`);
    const there = await createImageBitmap(await answer.blob());
    const here = drawn(canvas);
    return [false, true].map((mirrored) => {
      const other = drawn(there, mirrored);
      let sum = 0;
      for (let i = 0; i < other.length; i += 1) if (i % 4 !== 3) sum += Math.abs(here[i] - other[i]);
      return sum / (size * size * 3);
    });
  });
}

export async function tell(told, way) {
  const expert = await told.login("expert.breast");
  // The reader's own choice: otherwise the line decides, which is slow where much else is going on.
  if (way.script) await expert.evaluate(() => localStorage.setItem("relecture.light", "off"));
  await expert.goto("/worklist");
  await Promise.all([expert.waitForURL(/\/cases\//), expert.click("a[data-row]")]);
  const place = new URL(expert.url()).pathname;
  check((await expert.locator("a.slide").count()) === 4, "every slide of the case is a link");
  await Promise.all([expert.waitForURL(/\/slides\//), expert.click("a.slide >> nth=0")]);
  const slides = await expert.locator(".glasses li a:first-child").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  check(slides.length === 4, "and every slide is in the strip");

  if (way.script) await read(told, expert, way, slides);
  else {
    check((await expert.locator(".sight img").evaluate((picture) => picture.naturalWidth)) > 0, "the overview is shown");
    check(await expert.isVisible(".notice.warn"), "the page says what is missing without script");
    check(!(await expert.isVisible("[role=toolbar]")), "no button is shown that does nothing");
    await told.look(expert, "1-overview");
  }

  await expert.goto(slides[3]);
  check((await expert.locator(".sight [role=alert]").count()) === 1, "an unreadable slide says why");
  await told.look(expert, "6-unreadable");
  const answer = await expert.goto(place);
  check(answer.status() === 200, "and its case is there");
}

async function read(told, expert, way, slides) {
  const position = expert.locator("[data-position]").first();
  const glass = expert.locator("[data-glass]").first();
  await sharp(expert);
  check(await glass.evaluate((element) => element.contains(document.activeElement)), "the slide has the keyboard");
  await told.look(expert, "1-whole");

  const comma = (text) => (way.language === "fr" ? text.replace(".", ",") : text);
  const times = { 1: "1.25", 2: "2.5", 3: "5", 4: "10", 5: "20", 6: "40" };
  for (const [key, magnification] of Object.entries(times)) {
    await expert.keyboard.press(key);
    await expert.waitForFunction((said) => document.querySelector("[data-position]").textContent.startsWith(said), comma(`${magnification}×`));
    check((await expert.getAttribute(`[data-key="${key}"]`, "aria-pressed")) === "true", `${magnification}× is pressed`);
  }
  // As on a French keyboard, where this key writes an apostrophe.
  await expert.keyboard.press("0");
  await expert.evaluate(() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "(", code: "Digit5", bubbles: true })));
  await rests(expert, "pixels", 0.998, 0.01);
  await sharp(expert);
  const [same, mirrored] = await differences(expert);
  check(same < 10 && mirrored > 4 * same, `the screen shows the slide: ${same}, its mirror image ${mirrored}`);
  check(/^500\sµm$|^200\sµm$|^100\sµm$|^50\sµm$/.test(await expert.locator("[data-bar]").textContent()), "the bar has a round length");
  await told.look(expert, "2-at-20");

  // Field by field: nothing is left out between two, and a tenth is seen twice.
  await expert.keyboard.press("6");
  await rests(expert, "pixels", 1.996, 0.01);
  const before = await view(expert);
  const wide = await glass.evaluate((element) => element.clientWidth);
  await expert.keyboard.press("Shift+ArrowRight");
  await rests(expert, "x", before.x + (0.9 * wide) / before.pixels, 2);
  await expert.click('[data-do="left"]');
  await rests(expert, "x", before.x, 2);

  const bar = await expert.locator("[data-bar]").boundingBox();
  await glass.locator("[role=application]").focus();
  await expert.keyboard.press("r");
  await rests(expert, "degrees", 90);
  check((await expert.inputValue("#degrees")) === "90", "the rotation is shown in degrees");
  check((await expert.locator("[data-bar]").boundingBox()).width === bar.width, "the bar survives it");
  await expert.keyboard.press("u");
  await rests(expert, "degrees", 0);

  // A hundred pixels of the screen at 40× are 25 µm.
  await expert.keyboard.press("d");
  const { x, y } = await glass.boundingBox();
  await expert.mouse.click(x + 60, y + 150);
  await expert.mouse.click(x + 160, y + 150);
  await expert.waitForFunction(() => document.querySelectorAll("[data-measured] li").length === 1);
  check(/\s25\sµm$/.test(await expert.locator("[data-measured] li").textContent()), "a distance is measured");
  // The same by keyboard alone, and an area of four points.
  await glass.locator("[role=application]").focus();
  await expert.keyboard.press("s");
  for (const key of ["Enter", "ArrowRight", "Enter", "ArrowDown", "Enter", "ArrowLeft", "Enter", "s"]) await expert.keyboard.press(key);
  await expert.waitForFunction(() => document.querySelectorAll("[data-measured] li").length === 2);
  // A quarter of what is seen to each side: at 40× a pixel of the screen is a quarter of a micrometre.
  const [across, down] = await glass.evaluate((element) => [element.clientWidth / 16, element.clientHeight / 16]);
  const surface = await expert.locator("[data-measured] li").nth(1).textContent();
  const square = Number(surface.replace(/[^0-9.,]*([0-9.,\s]+) µm²$/, "$1").replace(/[\s,](?=\d{3}$)/, "").replace(",", "."));
  check(Math.abs(square / (across * down) - 1) < 0.02, `an area is measured: ${surface}, ${across * down}`);

  for (const key of ["f", "Shift+ArrowRight", "f", "m", "m", "m", "M"]) await expert.keyboard.press(key);
  const counted = comma("0.475 mm²");
  await expert.waitForFunction((text) => document.querySelector("[data-counted]").textContent.replaceAll(" ", " ").includes(text), counted)
    .catch(async () => check(false, `two fields of 0.55 mm: ${await expert.textContent("[data-counted]")}`));
  check(/:\s2\s·.*:\s2\s·/.test(await expert.textContent("[data-counted]")), "two mitoses in two fields");
  await told.look(expert, "3-measured");

  // The light view says that it is one, and gives way to the original when the reader stays.
  const mark = expert.locator("[data-quality]");
  check(await mark.isHidden(), "nothing is said of the original where there is no choice");
  const lighter = expert.waitForResponse((answer) => answer.url().includes("/light_files/") && answer.ok());
  await mark.evaluate((element) => {
    globalThis.marks = [];
    new MutationObserver(() => globalThis.marks.push(element.className)).observe(element, { attributes: true });
  });
  await expert.keyboard.press("q");
  await expert.keyboard.press("Shift+ArrowDown");
  await lighter;
  await expert.waitForFunction(() => globalThis.marks.some((mark) => mark.includes("soon")) && globalThis.marks.at(-1).includes("done"));
  await sharp(expert);
  await told.look(expert, "3-light");
  await expert.keyboard.press("q");
  await mark.waitFor({ state: "hidden" });

  // A second look at the page finds view and measurements again.
  const kept = await view(expert);
  await expert.reload();
  await sharp(expert);
  await rests(expert, "x", kept.x, 2);
  check((await expert.locator("[data-measured] li").count()) === 2, "what was measured is kept");

  // Letters can be switched off.
  await expert.evaluate(() => localStorage.setItem("relecture.keys", "off"));
  await glass.locator("[role=application]").focus();
  await expert.keyboard.press("r");
  await expert.evaluate(() => localStorage.removeItem("relecture.keys"));
  await expert.keyboard.press("1");
  await position.filter({ hasText: comma("1.25×") }).waitFor();
  check((await view(expert)).degrees === 0, "a letter does nothing when letters are off");

  // Two slides move as one.
  await Promise.all([expert.waitForURL(/beside=/), expert.click(".glasses a[href*=beside] >> nth=0")]);
  await sharp(expert, 2);
  const second = expert.locator("[data-position]").nth(1);
  await expert.click('[data-do="together"]');
  await glass.locator("[role=application]").focus();
  await expert.keyboard.press("4");
  await second.filter({ hasText: "10×" }).waitFor();
  await expert.keyboard.press("Shift+ArrowDown");
  await expert.waitForFunction(() => {
    const [one, other] = [...document.querySelectorAll("[data-position]")].map((element) => element.textContent.split("·").pop());
    return one === other;
  }).catch(async () => check(false, `both are at the same place: ${await position.textContent()}, ${await second.textContent()}`));
  await sharp(expert, 2);
  await told.look(expert, "4-together");

  // What was read is on the record, and told to who read it.
  await expert.goto(slides[2]);
  await sharp(expert);
  check(await expert.locator(".sight .notice.warn").isVisible(), "a slide without a scale says so");
  check(await expert.isDisabled('[data-do="ruler"]'), "and is not measured");
  await told.look(expert, "5-no-scale");
  for (let tries = 0; (await expert.locator(".glasses li").nth(0).locator(".quiet").count()) === 0; tries += 1) {
    check(tries < 200, "how a slide was read is told");
    await expert.reload();
  }
}
