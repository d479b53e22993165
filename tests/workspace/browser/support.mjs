// A browser for the stories: people with their own windows, pictures of every page, and what no page may do.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export function check(holds, said) {
  if (!holds) throw new Error(said);
}

/** Presses what leads to another page, a link or the button of a form, and waits for the page that comes. */
export async function follow(page, target) {
  const click = typeof target === "string" ? page.click(target) : target.click();
  await Promise.all([page.waitForEvent("domcontentloaded"), click]);
}

/** Starts the browser for one story told in one way: `{ base, folder, language, script, width, database }`. */
export async function open(way) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
  });
  return new Told(browser, way);
}

class Told {
  faults = [];
  pictures = 0;

  constructor(browser, way) {
    this.browser = browser;
    this.way = way;
    mkdirSync(way.folder, { recursive: true });
  }

  /** A window of somebody who has not logged in. */
  async stranger(options = {}) {
    const context = await this.browser.newContext({
      baseURL: this.way.base,
      locale: this.way.language === "fr" ? "fr-FR" : "en-GB",
      viewport: { width: this.way.width, height: this.way.width < 600 ? 844 : 900 },
      javaScriptEnabled: this.way.script,
      reducedMotion: "reduce",
      ...options,
    });
    await context.addCookies([{ name: "relecture_language", value: this.way.language, url: this.way.base }]);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => this.faults.push(`a script failed on ${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on("dialog", (dialog) => {
      this.faults.push(`a text became a script on ${page.url()}`);
      void dialog.dismiss();
    });
    return page;
  }

  /** A window of somebody who has logged in. */
  async login(login, options = {}) {
    const page = await this.stranger(options);
    await page.goto("/login");
    await page.fill("#login", `${login}@example.org`);
    await page.fill("#password", "a long enough password");
    await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/login")), page.click("main button.first")]);
    return page;
  }

  /** The page as it is now: a picture, no violation of WCAG 2.2 AA, nothing wider than the window, the right language. */
  async look(page, name) {
    const { database, language, script, width, folder } = this.way;
    const file = `${name}-${language}-${width}-${script ? "script" : "plain"}-${database}.png`;
    const shoot = () => page.screenshot({ path: join(folder, file), fullPage: true });
    // On a busy machine the browser now and then has no picture at the first asking.
    await shoot().catch(shoot);
    this.pictures += 1;
    const said = await page.evaluate(() => ({
      language: document.documentElement.lang,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      raw: /\b(state|command|done|view|rule|field|error)-[a-z-]+\b/.exec(document.querySelector("main")?.innerText ?? "")?.[0],
    }));
    check(said.language === language, `${name} is in ${said.language}`);
    if (said.wide > 0) this.faults.push(`${name} is ${said.wide} px wider than its window (${file})`);
    if (said.raw) this.faults.push(`${name} shows the key ${said.raw} (${file})`);
    // The checker itself is a script; the same pages are checked in the windows that run scripts.
    if (!script) return;
    await page.evaluate(axe);
    const found = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), RULES);
    for (const violation of found.violations) {
      const where = violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ");
      this.faults.push(`${name} (${file}): ${violation.id}: ${violation.help}: ${where}`);
    }
  }

  async close() {
    await this.browser.close();
    check(this.faults.length === 0, [...new Set(this.faults)].join("\n"));
    console.log(`${this.pictures} pictures in ${this.way.folder}`);
  }
}
