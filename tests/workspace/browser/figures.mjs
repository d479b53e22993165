// A coordinator looks back: pictures with their tables, who declined what, and the same as a file that no spreadsheet takes for a
// program; a period without answers says so.
import { check, follow } from "./support.mjs";

export async function tell(told, way) {
  const coordinator = await told.login("coordinator.antilles");
  if (way.script) await Promise.all([coordinator.waitForURL("**/figures"), coordinator.keyboard.press("f")]);
  else await follow(coordinator, 'a[href="/figures"]');
  check((await coordinator.locator("svg.plot[role=img]").count()) === 4, "urgency, territory, subspecialty and month have a picture each");
  const month = coordinator.locator("section", { has: coordinator.locator("#month-title") });
  check((await month.locator("tbody tr").count()) === 1, "and the table behind it");
  check((await month.locator("tbody th").textContent()) === "nov. 2026" || (await month.locator("tbody th").textContent()) === "Nov 2026", "a month has its name");
  check((await coordinator.textContent("main")).includes("=1+1"), "a name is a text");
  check((await coordinator.locator("section").last().locator("tbody tr").count()) === 1, "what was given back is counted by its reason");
  check(!(await coordinator.textContent("main")).includes("HYPERLINK"), "comments are not told");
  await told.look(coordinator, "figures");

  const file = await coordinator.request.get(await coordinator.getAttribute("a[download]", "href"));
  check(file.headers()["content-disposition"].includes(".csv"), "the figures are a file too");
  const text = await file.text();
  const rows = text.split("\r\n").filter((row) => row !== "");
  const separator = way.language === "fr" ? ";" : ",";
  check(rows.every((row) => row.split(separator).length === 9 || row.includes('"')), "every row has the same fields");
  check(text.includes("'=1+1") && !/(^|[;,\n])=1/.test(text), "no cell is a formula");
  check(way.language !== "fr" || text.startsWith("\ufeff"), "French spreadsheets are told the encoding");
  check(!/REL-|26H00123/.test(text), "the file names no case and no patient");

  await coordinator.fill("#from", "2020-01-01");
  await coordinator.fill("#to", "2020-02-01");
  await Promise.all([coordinator.waitForURL(/from=2020-01-01/), coordinator.click("form.filters button")]);
  check((await coordinator.locator("svg.plot").count()) === 0, "nothing was answered then");
  await told.look(coordinator, "figures-empty");
  const night = await told.login("coordinator.antilles", { colorScheme: "dark" });
  await night.goto("/figures");
  await told.look(night, "figures-dark");
  const expert = await told.login("expert.breast");
  check((await expert.goto("/figures")).status() === 404, "the figures are for who coordinates");
  check((await expert.request.get("/figures.csv", { maxRedirects: 0 })).status() === 404, "the file too");
}
