// A coordinator looks at the week of the pool: a picture and the tables that say the same, what is late at whom, another week.
import { check, follow } from "./support.mjs";

export async function tell(told, way) {
  const coordinator = await told.login("coordinator.antilles");
  if (way.script) await Promise.all([coordinator.waitForURL("**/experts"), coordinator.keyboard.press("e")]);
  else await follow(coordinator, 'a[href="/experts"]');
  const table = coordinator.locator("main table").first();
  const breast = table.locator("tr", { hasText: "expert breast" });
  check((await breast.textContent()).includes("3/2"), "the load stands against the capacity");
  check((await breast.locator("td:nth-of-type(2) .mark.late").count()) === 1, "who has more than they take stands out");
  check((await breast.locator("li .mark.late").count()) === 1, "what is late is named at who has it");
  check((await breast.locator('li a[href^="/cases/"]').count()) >= 1, "and leads to the case");
  const second = table.locator("tr", { hasText: "expert second" });
  check((await second.locator(".mark.still").count()) === 1, "who is away is said");
  check((await coordinator.locator("svg.week .due.late").count()) === 1, "the picture has what is late");
  check((await coordinator.locator("svg.week .away").count()) === 1, "the picture has the absence");
  check((await coordinator.locator("svg.week").getAttribute("role")) === "img", "the picture has a name for who cannot see it");
  await coordinator.click("summary");
  const days = coordinator.locator("details tbody tr").first().locator("td");
  check((await days.count()) === 7, "the table has the days of the picture");
  check((await days.allTextContents()).includes("09:00–19:00"), "hours are told on the clock of who looks");
  await told.look(coordinator, "experts");
  await follow(coordinator, 'a[rel="next"]');
  check(coordinator.url().includes("from=2026-11-30"), "the week after begins where this one ends");
  check((await coordinator.locator("svg.week .now").count()) === 0, "now is not in it");
  await told.look(coordinator, "experts-next-week");
  await coordinator.goto("/experts?from=never");
  check((await coordinator.locator("svg.week .now").count()) === 1, "what is no day is today");

  const night = await told.login("coordinator.antilles", { colorScheme: "dark" });
  await night.goto("/experts");
  await told.look(night, "experts-dark");
  const pacific = await told.login("coordinator.pacific");
  await pacific.goto("/experts");
  check((await pacific.locator("svg.week").count()) === 0, "a pool without experts has no picture");
  await told.look(pacific, "experts-empty");
  const expert = await told.login("expert.breast");
  check((await expert.goto("/experts")).status() === 404, "the pool is for who coordinates it");
  const network = new URL(await coordinator.locator('a[rel="next"]').getAttribute("href"), told.way.base).searchParams.get("network");
  check((await pacific.goto(`/experts?network=${network}`)).status() === 404, "and nobody else's");
}
