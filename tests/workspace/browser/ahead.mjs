// An expert has a case prepared: pictures come into the browser, sealed; the slide is read with the line cut; what was kept goes on
// request, at logout and with the signature. Nobody else is offered it.
import { check } from "./support.mjs";

const SAID = {
  fr: { prepare: "Préparer ce cas", next: "Préparer mes prochains cas", ready: "Préparé", gone: "Il n’en reste rien" },
  en: { prepare: "Prepare this case", next: "Prepare my next cases", ready: "Prepared", gone: "Nothing of it is left" },
};

/** What the browser keeps: how many pictures, and how many of them begin as any picture does. */
async function kept(page) {
  return page.evaluate(async () => {
    let [pictures, plain] = [0, 0];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        if (request.url.endsWith("/index")) continue;
        pictures += 1;
        const head = new Uint8Array(await (await cache.match(request)).arrayBuffer()).subarray(0, 4);
        if ((head[0] === 0xff && head[1] === 0xd8) || String.fromCharCode(...head) === "RIFF") plain += 1;
      }
    }
    return { pictures, plain };
  });
}

/** Waits until something whole is kept, or nothing at all. */
async function holds(page, wanted) {
  const found = await page.evaluate(async (wanted) => {
    const until = performance.now() + 10_000;
    while (performance.now() < until) {
      const [name] = await caches.keys();
      const index = name && (await (await caches.open(name)).match("/ahead/index"));
      if (wanted ? index !== undefined : name === undefined) return true;
      await new Promise(requestAnimationFrame);
    }
    return false;
  }, wanted);
  check(found, wanted ? "nothing is kept" : "something is still kept");
}

async function says(page, words) {
  await page.waitForFunction((words) => document.querySelector("[data-state]")?.textContent.includes(words), words)
    .catch(async () => check(false, `${words}: ${await page.locator("[data-state]").textContent()}`));
}

export async function tell(told, way) {
  const said = SAID[way.language];
  const expert = await told.login("expert.breast");
  await expert.evaluate(() => localStorage.setItem("relecture.light", "off"));
  const refused = [];
  expert.on("response", (answer) => answer.status() >= 400 && refused.push(`${answer.status()} ${new URL(answer.url()).pathname.slice(-40)}`));
  await expert.goto("/worklist");
  const next = expert.getByRole("button", { name: said.next });
  await next.waitFor();
  await told.look(expert, "1-worklist");
  await next.click();
  await says(expert, said.ready).catch((error) => check(false, `${error.message}: ${refused}`));
  const first = await kept(expert);
  check(first.pictures > 3 && first.plain === 0, `pictures are kept sealed: ${JSON.stringify(first)}`);

  await Promise.all([expert.waitForURL(/\/cases\//), expert.click("a[data-row]")]);
  const place = new URL(expert.url()).pathname;
  const button = expert.getByRole("button", { name: said.prepare });
  await button.waitFor();
  await button.click();
  await says(expert, said.ready);
  const asked = [];
  await expert.route(/_files\//, (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  await button.click();
  await expert.waitForFunction(() => !document.querySelector("[data-do=prepare]").disabled);
  await says(expert, said.ready);
  check(asked.length === 0, `what is there is not fetched again: ${asked}`);
  await told.look(expert, "2-case");

  // With every picture of the line cut off the slide is there.
  await Promise.all([expert.waitForURL(/\/slides\//), expert.click("a.slide >> nth=0")]);
  await expert.waitForFunction(() => document.querySelector('section.sight[aria-busy="false"]'))
    .catch(() => check(false, `the slide does not come out of the browser: ${asked}`));
  check(asked.length === 0, `no picture came over the line: ${asked}`);
  const colours = await expert.locator("[data-glass] canvas").first().evaluate((canvas) => {
    const data = canvas.getContext("2d").getImageData(canvas.width / 2 - 50, canvas.height / 2 - 50, 100, 100).data;
    return new Set(Array.from({ length: 1000 }, (_, at) => data[at * 40])).size;
  });
  check(colours > 10, `tissue is on the screen: ${colours} shades`);
  // And so is the place that the submitter marked.
  await expert.locator("[data-notes] li a").first().click();
  await expert.waitForFunction(() => {
    const at = new URLSearchParams(location.hash.slice(1));
    return Math.abs(Number(at.get("x")) - 750) < 5;
  });
  await expert.waitForFunction(() => document.querySelector('section.sight[aria-busy="false"]'))
    .catch(() => check(false, `the slide does not come out of the browser: ${asked}`));
  check(asked.length === 0, `nor for the marked place: ${asked}`);
  await expert.unroute(/_files\//);

  await expert.goto(place);
  await expert.getByRole("button", { name: said.prepare }).waitFor();
  await expert.click("[data-do=forget]");
  await says(expert, said.gone);
  check((await kept(expert)).pictures === 0, "it is forgotten on request");

  // On a slow line the overviews come by themselves while the case is read, in the light view that a slide is looked at in there.
  const slow = await told.login("expert.breast");
  await slow.addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));
  await slow.goto(place);
  await holds(slow, true);
  const missed = [];
  await slow.route(/_files\//, (route) => {
    missed.push(route.request().url());
    return route.abort();
  });
  await Promise.all([slow.waitForURL(/\/slides\//), slow.click("a.slide >> nth=0")]);
  await slow.waitForFunction(() => document.querySelector('section.sight[aria-busy="false"]'))
    .catch(() => check(false, `the overview does not come out of the browser: ${missed}`));
  check(!missed.some((address) => address.includes("/light_files/")), `no light picture of the overview came over the line: ${missed}`);
  await slow.context().close();

  // It goes with the signature.
  await expert.click("[data-do=prepare]");
  await says(expert, said.ready);
  check((await kept(expert)).pictures > 3, "and is fetched again");
  await expert.goto(`${place}/opinion`);
  await expert.fill("#conclusion", "Carcinome lobulaire infiltrant.");
  await expert.check('[name="concordance"] >> nth=0');
  await expert.fill("#password", "a long enough password");
  await Promise.all([expert.waitForURL(/done=done-sign/), expert.click("button.first")]);
  await holds(expert, false);
  check((await expert.getByRole("button", { name: said.prepare }).count()) === 0, "who has signed prepares nothing");
  await expert.goto(`${place}/opinion?as=add_addendum`);
  const key = await expert.goto(await expert.locator('a[target="slides"]').first().getAttribute("href")).then(() => expert.getAttribute("[data-viewer]", "data-ahead"));
  check(key === "", "nor is the key given any more");

  // It goes with the session.
  await expert.evaluate(async () => {
    const cache = await caches.open("relecture.ahead.left");
    await cache.put("/ahead/x", new Response("left"));
  });
  await expert.goto("/worklist");
  await Promise.all([expert.waitForURL(/\/login/), expert.click('form[action="/logout"] button')]);
  await holds(expert, false);

  const submitter = await told.login("submitter.cayenne");
  await submitter.goto(place);
  check((await submitter.locator("[data-prepare]").count()) === 0, "nobody else is offered it");
}
