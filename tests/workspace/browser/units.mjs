// What readings took is proposed to a coordinator beside what holds, and taken over as it was shown.
import { check, follow } from "./support.mjs";

export async function tell(told, way) {
  const coordinator = await told.login("coordinator.antilles");
  await coordinator.goto("/targets/trial");
  const card = coordinator.locator("#work-units");
  // Cases of one slide each cannot tell a case from a slide: what they took longer stands with their subspecialty.
  const present = card.locator("tbody tr").last().locator("td").first();
  check((await present.textContent()) === (way.language === "fr" ? "1,00" : "1.00"), "what holds stands there");
  check((await card.locator("tbody tr").count()) === 4, "with each weight");
  check((await card.locator("tbody tr").first().locator("td").last().textContent()) === "81", "and the readings that speak to it");
  await told.look(coordinator, "units");
  await follow(coordinator, card.locator("button"));
  check(coordinator.url().includes("done-units"), `the proposal is taken over: ${coordinator.url()}`);
  check((await coordinator.locator(".notice.good").count()) === 1, "and that is said");
  await coordinator.goto("/targets/trial");
  check((await present.textContent()) !== (way.language === "fr" ? "1,00" : "1.00"), "it holds now");
  check((await coordinator.inputValue("#margin")) === "10", "the other weights are as they were");
}
