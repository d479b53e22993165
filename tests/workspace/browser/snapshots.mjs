// An expert takes snapshots of a slide for the opinion: by button or key, with words; finds them in the editor that was open
// meanwhile, takes one out, and signs; the submitter sees the other one and opens its view.
import { check, follow } from "./support.mjs";

const SAID = {
  fr: { kept: "La capture est dans le brouillon", light: "vue allégée", view: "Ouvrir cette vue" },
  en: { kept: "The snapshot lies in the draft", light: "light view", view: "Open this view" },
};

async function sharp(page) {
  await page.waitForFunction(() => document.querySelector('section.sight[aria-busy="false"]') && location.hash.includes("pixels"));
}

const view = (page) => new URLSearchParams(new URL(page.url()).hash.slice(1));

/** How far a picture is from another that is turned by so many degrees: mean difference of a channel, without the bar of scale. */
async function difference(page, one, other, degrees) {
  return page.evaluate(async ([one, other, degrees]) => {
    const drawn = async (address, degrees) => {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
      const picture = await createImageBitmap(await answer.blob());
      const canvas = new OffscreenCanvas(24, 24);
      const on = canvas.getContext("2d");
      on.imageSmoothingQuality = "high";
      on.translate(12, 12);
      on.rotate((degrees * Math.PI) / 180);
      on.drawImage(picture, -12, -12, 24, 24);
      return on.getImageData(0, 0, 24, 20).data;
    };
    const [a, b] = [await drawn(one, 0), await drawn(other, degrees)];
    return a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;
  }, [one, other, degrees]);
}

async function takes(told, page, words, said) {
  await page.locator("form[data-snapshot]").waitFor();
  check((await page.locator("form[data-snapshot] img").evaluate((picture) => picture.decode().then(() => picture.naturalWidth))) > 200, "the picture is shown");
  await page.fill("#snapshot-words", words);
  await told.look(page, `1-taken-${words.length}`);
  await page.click("form[data-snapshot] button.first");
  await page.locator("[data-taken]").waitFor();
  check((await page.locator("[data-taken]").textContent()).includes(said.kept), "the page says where it is");
  check(!(await page.isVisible("form[data-snapshot]")), "and is free again");
}

export async function tell(told, way) {
  const said = SAID[way.language];
  const expert = await told.login("expert.breast");
  await expert.evaluate(() => localStorage.setItem("relecture.light", "off"));
  await expert.goto("/worklist");
  await Promise.all([expert.waitForURL(/\/cases\//), expert.click("a[data-row]")]);
  const place = new URL(expert.url()).pathname;
  // The opinion stands open, with words in it, while the slide is looked at in another window.
  await expert.goto(`${place}/opinion`);
  await expert.fill("#conclusion", "Carcinome lobulaire infiltrant.");
  const [slides] = await Promise.all([expert.context().waitForEvent("page"), expert.click('a[target="slides"] >> nth=0')]);
  slides.setDefaultTimeout(10_000);
  await sharp(slides);

  const canvas = slides.locator("[data-glass] [role=application]").first();
  await canvas.focus();
  await slides.keyboard.press("5");
  await slides.waitForFunction(() => document.querySelector("[data-position]").textContent.startsWith("20×"));
  await slides.keyboard.press("r");
  await slides.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).get("degrees") === "90");
  await sharp(slides);
  const seen = view(slides);
  await slides.keyboard.press("i");
  await takes(told, slides, "Files indiennes", said);
  check(await canvas.evaluate((element) => element === document.activeElement), "the slide has the keyboard again");
  await slides.click('[data-do="snapshot"]');
  await slides.locator("form[data-snapshot]").waitFor();
  await slides.keyboard.press("Escape");
  check(!(await slides.isVisible("form[data-snapshot]")), "a snapshot is given up with Escape");

  // A line that breaks loses nothing.
  await slides.click('[data-do="snapshot"]');
  await slides.fill("#snapshot-words", "Sans ligne");
  await slides.context().setOffline(true);
  await slides.click("form[data-snapshot] button.first");
  await slides.locator("[data-refused]").waitFor();
  check((await slides.inputValue("#snapshot-words")) === "Sans ligne", "the words are still there");
  await slides.context().setOffline(false);
  await slides.click("form[data-snapshot] button.first");
  await slides.locator("[data-taken]").waitFor();

  await expert.bringToFront();
  await expert.evaluate(() => dispatchEvent(new Event("focus")));
  const shown = expert.locator("ul.snapshots > li");
  await expert.waitForFunction(() => document.querySelectorAll("ul.snapshots > li").length === 2);
  check((await expert.inputValue("#conclusion")) === "Carcinome lobulaire infiltrant.", "what was typed stays");
  check((await shown.first().locator("textarea").inputValue()) === "Files indiennes", "with its words");
  await shown.first().scrollIntoViewIfNeeded();
  await shown.first().locator("img").evaluate((picture) => picture.decode());
  await told.look(expert, "2-in-the-editor");

  // One is taken out; the other is signed under better words.
  await Promise.all([expert.waitForEvent("framenavigated"), shown.nth(1).locator('button[name="_remove"]').click()]);
  await expert.waitForLoadState();
  check((await shown.count()) === 1, "one is left");
  check((await expert.inputValue("#conclusion")) === "Carcinome lobulaire infiltrant.", "and what was typed");
  await shown.first().locator("textarea").fill("Files indiennes, ici");
  await expert.check('[name="concordance"] >> nth=0');
  await expert.fill("#password", "a long enough password");
  await Promise.all([expert.waitForURL(/done=done-sign/), expert.click("button.first")]);

  const submitter = await told.login("submitter.cayenne");
  await submitter.goto(place);
  const figure = submitter.locator("ul.snapshots figure");
  check((await figure.count()) === 1, "the submitter sees what was signed");
  check((await figure.textContent()).includes("Files indiennes, ici"), "in the expert's words");
  check(!(await figure.textContent()).includes(said.light), "seen in the original");
  await figure.locator("img").evaluate((picture) => picture.decode());
  await told.look(submitter, "3-signed");
  const address = await figure.locator("img").getAttribute("src");
  const link = figure.getByRole("link", { name: said.view });
  const target = new URLSearchParams((await link.getAttribute("href")).split("#")[1]);
  for (const name of ["x", "y", "pixels"]) {
    const [one, other] = [Number(target.get(name)), Number(seen.get(name))];
    check(Math.abs(one - other) <= Math.max(2, 0.01 * other), `${name} of the view: ${one}, seen ${other}`);
  }
  check(target.get("degrees") === "90", "and its rotation");
  await follow(submitter, link);
  await sharp(submitter);
  check(view(submitter).get("degrees") === "90", "the link leads to the view");

  // The picture shows what the gateway gives of that region, turned as it was.
  const section = submitter.locator("section.sight").first();
  const base = await section.getAttribute("data-base");
  const { width, height } = await submitter.evaluate(async (address) => {
    const picture = await createImageBitmap(await (await fetch(address)).blob());
    return { width: picture.width, height: picture.height };
  }, address);
  const scale = Number(target.get("pixels"));
  const [wide, high] = [height / scale, width / scale].map(Math.round);
  const [x, y] = [Number(target.get("x")) - wide / 2, Number(target.get("y")) - high / 2].map(Math.round);
  const region = `${base}/iiif/${x},${y},${wide},${high}/!512,512/0/default.jpg`;
  const [same, other] = [await difference(submitter, address, region, 90), await difference(submitter, address, region, -90)];
  check(same < 12 && same < other, `the picture shows the field as it was turned: ${same}, turned the other way ${other}`);
}
