// Pages on paper and on a very wide screen. On paper: no navigation, no button, nothing cut off, no address behind a link, in the
// colours of paper whatever the screen has; who a patient is only where its reader may know it. On 2560 px: lists use the width, and
// no line of prose is longer than one reads at ease.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "./support.mjs";

/** The paper between the margins of an A4 sheet, CSS pixels: 210 mm less 1 cm on each side. */
const PAPER = 718;
/** Letters of a line. */
const LINE = 80;

/** What is wrong with the page as it is printed. */
function onPaper() {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const all = [...document.querySelectorAll("main *")].filter(seen);
  const faults = [];
  for (const element of document.querySelectorAll(".bar, footer, nav, form, button, select, .skip")) {
    if (seen(element)) faults.push(`printed: ${element.outerHTML.slice(0, 80)}`);
  }
  const edge = document.documentElement.clientWidth;
  for (const element of all) {
    const box = element.getBoundingClientRect();
    if (box.right > edge + 1 && !element.closest(".unseen")) faults.push(`cut at ${Math.round(box.right)} of ${edge} px: ${element.outerHTML.slice(0, 80)}`);
    const style = getComputedStyle(element);
    const wider = /(auto|scroll|hidden)/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
    const longer = /(auto|scroll|hidden)/.test(style.overflowY) && element.scrollHeight > element.clientHeight + 1;
    if ((wider || longer) && !element.closest(".unseen")) faults.push(`hidden: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const link of document.querySelectorAll("main a")) {
    for (const end of ["::before", "::after"]) {
      if (/http|\//.test(getComputedStyle(link, end).content)) faults.push(`an address is printed: ${link.outerHTML.slice(0, 80)}`);
    }
  }
  for (const table of document.querySelectorAll("main table")) {
    const head = table.querySelector("thead");
    if (head && seen(table) && getComputedStyle(head).display !== "table-header-group") faults.push("a table's head is not repeated on each sheet");
  }
  if (getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)") faults.push("the paper is not white");
  return [...new Set(faults)];
}

/** What is badly laid out on a wide screen. */
function onWide(line) {
  const faults = [];
  const pen = document.createElement("canvas").getContext("2d");
  /** How wide a letter of that text is on the average. */
  const letter = (element) => {
    const style = getComputedStyle(element);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const text = element.textContent.trim();
    return pen.measureText(text).width / text.length;
  };
  for (const element of document.querySelectorAll("main p, main .words, main .hint, main dd, main li, main .question")) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!own) continue;
    const widest = Math.max(0, ...[...range.getClientRects()].map((box) => box.width));
    const long = Math.round(widest / letter(element));
    if (long > line) faults.push(`a line of ${long} letters: ${element.textContent.trim().slice(0, 60)}`);
  }
  return [...new Set(faults)];
}

export async function tell(told, way) {
  const paper = async (page, name, holds, never) => {
    await page.setViewportSize({ width: PAPER, height: 1016 });
    await page.emulateMedia({ media: "print" });
    for (const fault of await page.evaluate(onPaper)) told.faults.push(`${name} on paper: ${fault}`);
    const text = await page.evaluate(() => document.querySelector("main").innerText);
    for (const part of holds) check(text.includes(part), `${name} on paper says ${part}`);
    for (const part of never) check(!text.includes(part), `${name} on paper does not say ${part}`);
    const file = join(way.folder, `${name}-${way.language}-${way.database}`);
    await page.screenshot({ path: `${file}-paper.png`, fullPage: true });
    const pdf = await page.pdf({ format: "A4", margin: { top: "1cm", right: "1cm", bottom: "1cm", left: "1cm" } });
    check(pdf.subarray(0, 5).toString() === "%PDF-", `${name} is a file`);
    writeFileSync(`${file}.pdf`, pdf);
    told.pictures += 1;
    await page.emulateMedia({ media: "screen" });
  };
  const wide = async (page, name, least = 1500) => {
    await page.setViewportSize({ width: 2560, height: 1440 });
    for (const fault of await page.evaluate(onWide, LINE)) told.faults.push(`${name} at 2560 px: ${fault}`);
    await page.screenshot({ path: join(way.folder, `${name}-${way.language}-${way.database}-2560.png`) });
    const main = await page.evaluate(() => document.querySelector("main").getBoundingClientRect().width);
    check(main >= least, `${name} uses ${main} of 2560 px`);
    told.pictures += 1;
  };
  const night = { colorScheme: "dark" };
  const expert = await told.login("expert.breast", night);
  const coordinator = await told.login("coordinator.antilles", night);
  const submitter = await told.login("submitter.cayenne", night);
  const accession = "26H00123";

  await submitter.goto("/worklist?view=all");
  await wide(submitter, "list", 2200);
  await paper(submitter, "list", ["REL-2026-"], []);

  await expert.goto("/worklist?view=all");
  const signed = await expert.getAttribute('tr:has(.mark.done) a[data-row]', "href");
  await expert.goto(signed);
  await wide(expert, "case");
  await paper(expert, "case", ["REL-2026-"], []);
  await submitter.goto(signed);
  await paper(submitter, "own-case", ["REL-2026-", accession], []);
  await coordinator.goto(signed);
  await paper(coordinator, "coordinated-case", ["REL-2026-"], [accession]);

  await coordinator.goto("/worklist");
  await wide(coordinator, "queue", 2200);
  await paper(coordinator, "queue", ["REL-2026-"], [accession]);
  await coordinator.goto("/figures");
  await wide(coordinator, "figures");
  await paper(coordinator, "figures", [], [accession, "REL-2026-"]);
  await coordinator.goto("/experts");
  await wide(coordinator, "experts");
  await paper(coordinator, "experts", [], [accession]);
}
