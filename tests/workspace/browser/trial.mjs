// A coordinator tries a change before it is switched on: what is typed wrong is said beside its field, both columns stand beside each
// other, and nothing is changed.
import { check, follow } from "./support.mjs";

const TRY = 'form[action="/targets/trial"] button';

export async function tell(told) {
  const coordinator = await told.login("coordinator.antilles");
  await coordinator.goto("/targets");
  await follow(coordinator, 'a[href^="/targets/trial"]');
  check((await coordinator.inputValue("#margin")) === "10", "the weights stand as they are");
  check((await coordinator.locator("#found").count()) === 0, "nothing is tried yet");
  check((await coordinator.locator("#work-units tbody tr").count()) === 3, "what a case counts for stands beside");
  check((await coordinator.locator("#work-units form").count()) === 0, "and nothing is proposed without readings");
  await coordinator.fill("#margin", "60");
  await follow(coordinator, TRY);
  check((await coordinator.getAttribute("#margin", "aria-invalid")) === "true", "a margin has its limits");
  check((await coordinator.inputValue("#margin")) === "60", "what was typed is kept");
  await told.look(coordinator, "trial-wrong");
  await coordinator.fill("#margin", "5");
  await coordinator.selectOption("#urgency", "routine");
  await coordinator.selectOption("#time", "working");
  await coordinator.fill("#answer_minutes", "20");
  await coordinator.fill("#first_response_minutes", "5");
  await coordinator.fill("#warning_minutes", "10");
  await follow(coordinator, TRY);
  const onTime = coordinator.locator("#found tbody tr").first().locator("td");
  check((await onTime.first().textContent()).startsWith("100"), "as things are everything is on time");
  check(!(await onTime.last().textContent()).startsWith("100"), "as they would be not");
  await told.look(coordinator, "trial");
  const tried = coordinator.url();
  await coordinator.goto("/targets");
  check((await coordinator.locator(".list").count()) === 0, "nothing was changed");
  await coordinator.goto(tried);
  await follow(coordinator, "#adopt button");
  check(coordinator.url().includes("done-choice"), "the weights are switched on");
  await coordinator.goto("/targets/trial");
  check((await coordinator.inputValue("#margin")) === "5", "and stand in the form");

  const expert = await told.login("expert.breast");
  check((await expert.goto("/targets/trial")).status() === 404, "trials are for who coordinates");
}
