// A coordinator says what the network promises: what contradicts itself or another rule is told beside its field and kept; a rule is
// ended; nobody else finds the page.
import { check, follow } from "./support.mjs";

const ADD = 'form[action="/targets"] button';

export async function tell(told) {
  const coordinator = await told.login("coordinator.antilles");
  await coordinator.goto("/figures");
  await follow(coordinator, 'a[href^="/targets"]');
  check((await coordinator.locator("main section table tbody tr").count()) === 6, "without a rule the defaults hold, of opinions and of panels");
  await told.look(coordinator, "targets-empty");

  await follow(coordinator, ADD);
  check((await coordinator.locator(".error").count()) === 5, "what is missing is said beside its field");
  await coordinator.selectOption("#urgency", "urgent");
  await coordinator.selectOption("#subspecialty", "breast");
  await coordinator.selectOption("#time", "working");
  await coordinator.fill("#answer_minutes", "240");
  await coordinator.fill("#first_response_minutes", "60");
  await coordinator.fill("#warning_minutes", "300");
  await follow(coordinator, ADD);
  check((await coordinator.getAttribute("#warning_minutes", "aria-invalid")) === "true", "no warning after the due time");
  check((await coordinator.inputValue("#answer_minutes")) === "240", "what was typed is kept");
  check((await coordinator.inputValue("#subspecialty")) === "breast", "what was chosen is kept");
  await told.look(coordinator, "targets-wrong");
  await coordinator.fill("#warning_minutes", "180");
  await follow(coordinator, ADD);
  check(coordinator.url().includes("done-target"), `the rule is added: ${coordinator.url()}`);
  const rows = coordinator.locator(".list tbody tr");
  check((await rows.count()) === 1, "and stands in the table");
  check((await rows.locator(".mark.done").count()) === 1, "in force");
  check((await coordinator.inputValue("#answer_minutes")) === "", "and not waiting to be added again");

  // A panel has rules of its own, which stand in the way of none of opinions.
  await coordinator.selectOption("#request", "panel");
  await coordinator.selectOption("#urgency", "urgent");
  await coordinator.selectOption("#subspecialty", "breast");
  await coordinator.selectOption("#time", "working");
  await coordinator.fill("#answer_minutes", "200");
  await coordinator.fill("#first_response_minutes", "60");
  await coordinator.fill("#warning_minutes", "150");
  await follow(coordinator, ADD);
  check((await rows.count()) === 2, "a rule of panels stands beside");
  await told.look(coordinator, "targets-panel");
  await follow(coordinator, ".list tbody tr:last-child form button");

  await coordinator.selectOption("#urgency", "urgent");
  await coordinator.selectOption("#subspecialty", "breast");
  await coordinator.selectOption("#time", "wall");
  await coordinator.fill("#answer_minutes", "120");
  await coordinator.fill("#first_response_minutes", "30");
  await coordinator.fill("#warning_minutes", "90");
  await coordinator.fill("#valid_from", "2026-12-01");
  await follow(coordinator, ADD);
  check((await coordinator.textContent("#valid_from-error")).includes("2026-11-23"), "the rule in the way is named by its time");
  await told.look(coordinator, "targets-overlap");
  await follow(coordinator, ".list tbody tr form button");
  check(coordinator.url().includes("done-target-ended"), "the rule is ended");
  check((await rows.locator(".mark.still").count()) === 2, "and stays in the table");
  check((await rows.locator("form").count()) === 0, "it is not ended twice");
  await told.look(coordinator, "targets");

  const expert = await told.login("expert.breast");
  check((await expert.goto("/targets")).status() === 404, "promises are for who coordinates");
}
