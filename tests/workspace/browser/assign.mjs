// A coordinator keeps cases for an expert from the queue, by key or by mouse: why something will be late stands in the row, what is
// missing is said beside its field, and what cannot be done for one case is said of that case alone.
import { check, follow } from "./support.mjs";

export async function tell(told, way) {
  const coordinator = await told.login("coordinator.antilles");
  check((await coordinator.locator("td.due .soon-text").count()) === 5, "why a case will be late stands in its row");
  check((await coordinator.locator("input.pick").count()) === 5, "what nobody has opened can be selected");
  await told.look(coordinator, "queue");

  await follow(coordinator, "#assign button");
  check((await coordinator.getAttribute("#expert", "aria-invalid")) === "true", "whom to keep it for is missing");
  check((await coordinator.locator("#assign [role=alert]").count()) === 1, "that nothing is selected is said");
  await told.look(coordinator, "queue-nothing-selected");

  await coordinator.goto("/worklist");
  const references = await coordinator.locator("tr:has(input.pick) a[data-row]").allTextContents();
  if (way.script) {
    // By key alone: select the first row and the next, choose, say why, send.
    await coordinator.keyboard.press("j");
    await coordinator.keyboard.press("x");
    await coordinator.keyboard.press("j");
    await coordinator.keyboard.press("x");
    check((await coordinator.locator("input.pick:checked").count()) === 2, "x selects the row");
    await coordinator.keyboard.press("p");
    check(await coordinator.evaluate(() => document.activeElement.id === "expert"), "p goes to the experts");
    await coordinator.keyboard.type("expert breast");
    await coordinator.keyboard.press("Tab");
    await coordinator.keyboard.type("Suite d'un cas connu");
    await Promise.all([coordinator.waitForURL(/done=done-pin/), coordinator.keyboard.press("Enter")]);
  } else {
    await coordinator.locator("input.pick").nth(0).check();
    await coordinator.locator("input.pick").nth(1).check();
    await coordinator.selectOption("#expert", { index: 1 });
    await coordinator.fill("#reason", "Suite d'un cas connu");
    await follow(coordinator, "#assign button");
  }
  check(coordinator.url().includes("done=done-pin"), `both are kept for the expert: ${coordinator.url()}`);
  for (const reference of references.slice(0, 2)) {
    const row = coordinator.locator("tr", { hasText: reference });
    check((await row.textContent()).includes("expert breast"), `${reference} goes to who was chosen`);
  }
  await told.look(coordinator, "queue-kept");

  // Somebody else changes one of two cases while they stand on the screen.
  const other = await coordinator.context().newPage();
  await coordinator.locator("input.pick").nth(0).check();
  await coordinator.locator("input.pick").nth(1).check();
  const first = await coordinator.locator("tr:has(input.pick) a[data-row]").nth(0).getAttribute("href");
  await other.goto(`${first}/do/exclude`);
  await other.selectOption("#expert", { index: 2 });
  await other.fill("#reason", "Conflit");
  await follow(other, "main form.card button");
  await coordinator.selectOption("#expert", { index: 1 });
  await coordinator.fill("#reason", "Suite");
  await follow(coordinator, "#assign button");
  check((await coordinator.locator("#assign [role=alert] li").count()) === 1, "the changed case is said, the other one is kept");
  check((await coordinator.inputValue("#reason")) === "Suite", "what was typed is kept");
  check((await coordinator.locator("input.pick:checked").count()) === 1, "what is left to do is still selected");
  await told.look(coordinator, "queue-stale");
  await follow(coordinator, "#assign button");
  check(coordinator.url().includes("done=done-pin"), "sent again, it goes through");

  const expert = await told.login("expert.breast");
  await expert.goto("/worklist");
  check((await expert.locator("#assign").count()) === 0, "only a coordinator assigns");
}
