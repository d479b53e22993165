// A coordinator keeps the roster: hours that nobody has, a duty that does not pass, one that does; who has it sees it on their own page.
import { check, follow } from "./support.mjs";

export async function tell(told, way) {
  const french = way.language === "fr";
  const coordinator = await told.login("coordinator.antilles");
  await coordinator.goto("/experts");
  const card = coordinator.locator("#on-call");
  check((await card.locator(".notice li").count()) === 4, "the Saturdays of four weeks that nobody has");
  await told.look(coordinator, "on-call-gaps");
  await follow(coordinator, card.locator("form.fields button"));
  check((await card.locator(".error").count()) === 3, "what is missing is said beside each field");
  await card.locator("select").selectOption({ label: "expert second" });
  await card.locator("#duty_from").fill("2026-11-30T08:00");
  await card.locator("#duty_until").fill("2026-12-01T08:00");
  await follow(coordinator, card.locator("form.fields button"));
  const said = await card.locator("#duty_from-error").textContent();
  check(said.includes(french ? "astreinte" : "on-call"), "a duty without on-call hours is refused");
  check((await card.locator("#duty_from").inputValue()) === "2026-11-30T08:00", "what was typed is kept");
  check((await card.locator("select option:checked").textContent()) === "expert second", "the choice too");
  await told.look(coordinator, "on-call-refused");
  await card.locator("#duty_from").fill("2026-11-28T00:00");
  await card.locator("#duty_until").fill("2026-11-29T00:00");
  await follow(coordinator, card.locator("form.fields button"));
  check(coordinator.url().includes("done-duty"), `the duty is saved: ${coordinator.url()}`);
  check((await card.locator("li", { hasText: "expert second" }).count()) === 1, "the duty is in the roster");
  check((await card.locator(".notice li").count()) === 3, "and its Saturday is nobody's no more");
  await told.look(coordinator, "on-call");

  const expert = await told.login("expert.second");
  await expert.goto("/me");
  const own = expert.locator("section", { has: expert.locator("h2", { hasText: french ? "Astreinte" : "On call" }) });
  check((await own.locator("li").count()) === 1, "who is on call sees it");
  await told.look(expert, "on-call-own");

  const conflicts = coordinator.locator("#conflicts");
  await follow(coordinator, conflicts.locator("form.fields button"));
  check((await conflicts.locator(".error").count()) === 3, "a conflict of the pool names its expert too");
  check((await card.locator(".error").count()) === 0, "and says nothing beside the roster");
  await conflicts.locator("#recused_expert").selectOption({ label: "expert second" });
  await conflicts.locator("#recused_laboratory").selectOption({ index: 1 });
  await conflicts.locator("#recused_reason").selectOption("relation");
  await conflicts.locator("#recused_from").fill("2026-12-01");
  await conflicts.locator("#recused_until").fill("2026-12-31");
  await follow(coordinator, conflicts.locator("form.fields button"));
  check(coordinator.url().includes("done-conflict"), `the conflict is saved: ${coordinator.url()}`);
  await told.look(coordinator, "pool-conflicts");
  await expert.goto("/me");
  check((await expert.locator("#conflicts li").count()) === 1, "the expert sees it");
  check((await expert.locator("#conflicts li button").count()) === 0, "and does not take it back");
  await follow(coordinator, conflicts.locator("li button"));
  check((await conflicts.locator("li").count()) === 0, "the coordinator does");

  await follow(coordinator, card.locator("li form button"));
  check(coordinator.url().includes("done-duty-removed"), "it says so");
  check((await card.locator(".notice li").count()) === 4, "a duty is taken away");
}
