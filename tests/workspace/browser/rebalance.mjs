// A coordinator asks for a proposal, looks at what would move, decides against it with a reason, asks again and applies it; what
// changed meanwhile is named and nothing moves.
import { check, follow } from "./support.mjs";

const ASK = 'form[action="/rebalance"] button';
const APPLY = 'form[action$="/apply"] button';
const DISCARD = 'form[action$="/discard"] button';

export async function tell(told) {
  const coordinator = await told.login("coordinator.antilles");
  await follow(coordinator, 'nav a[href="/rebalance"]');
  check((await coordinator.locator("#proposal").count()) === 0, "nothing is proposed unasked");
  await told.look(coordinator, "rebalance-before");
  await follow(coordinator, ASK);
  check((await coordinator.locator("#proposal tbody tr").count()) === 4, "two cases and two experts");
  await told.look(coordinator, "rebalance-preview");

  await follow(coordinator, DISCARD);
  check((await coordinator.getAttribute("#reason", "aria-invalid")) === "true", "a reason is due");
  await coordinator.fill("#reason", "Convenu par téléphone");
  await follow(coordinator, DISCARD);
  check(coordinator.url().includes("done-rebalance-discarded"), "the proposal is discarded");
  check((await coordinator.textContent("main")).includes("Convenu par téléphone"), "the reason is kept");

  await follow(coordinator, ASK);
  const other = await coordinator.context().newPage();
  await other.goto("/rebalance");
  const expert = await told.login("expert.breast");
  await Promise.all([expert.waitForURL(/\/cases\//), expert.click('main form[action="/next"] button')]);
  await follow(coordinator, APPLY);
  check((await coordinator.locator("[role=alert] li").count()) === 1, "the case that was opened is named");
  await told.look(coordinator, "rebalance-outdated");
  await follow(coordinator, ASK);
  check((await coordinator.locator("#proposal tbody tr").count()) === 3, "one case and two experts");
  await follow(coordinator, APPLY);
  check(coordinator.url().includes("done-rebalanced"), `it is applied: ${coordinator.url()}`);
  await told.look(coordinator, "rebalance-applied");
  await follow(other, APPLY);
  check((await other.locator("[role=alert]").count()) === 1, "a proposal that was replaced is refused");

  const submitter = await told.login("submitter.cayenne");
  check((await submitter.goto("/rebalance")).status() === 404, "the page is a coordinator's");
}
