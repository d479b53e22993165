// A coordinator has a case read by two experts: what is missing is said beside its field, each reads alone, and when both have signed
// their readings stand beside each other.
import { check, follow } from "./support.mjs";

async function opens(page) {
  await page.goto("/worklist");
  await follow(page, page.locator("a[data-row]").first());
}

async function reads(told, page, { conclusion, concordance }) {
  await follow(page, 'a[href$="as=sign_reading"]');
  check((await page.locator("#reason").count()) === 0, "a first reading gives no reason for another version");
  await page.fill("#conclusion", conclusion);
  await follow(page, "form.fields button.first");
  check((await page.inputValue("#conclusion")) === conclusion, "what was typed is kept");
  check((await page.locator("#concordance-error").count()) === 1, "what is missing is said");
  await told.look(page, "panel-reading");
  await page.check(`input[name=concordance][value=${concordance}]`);
  await page.fill("#password", "a long enough password");
  await follow(page, "form.fields button.first");
  check(page.url().includes("done=done-sign-reading"), `the reading is signed: ${page.url()}`);
}

export async function tell(told) {
  const coordinator = await told.login("coordinator.antilles");
  await opens(coordinator);
  const place = new URL(coordinator.url()).pathname;
  await coordinator.goto(`${place}/do/convene`);
  await follow(coordinator, "form.fields button.first");
  check((await coordinator.locator("#readers-error").count()) === 1, "that nobody is chosen is said");
  await told.look(coordinator, "panel-nobody");
  await coordinator.locator("label.choice", { hasText: "reader second" }).locator("input").check();
  await coordinator.fill("#reason", "Tumeur rare");
  await follow(coordinator, "form.fields button.first");
  check(coordinator.url().includes("done=done-convene"), `the panel is convened: ${coordinator.url()}`);
  check((await coordinator.locator("#panel li").count()) === 2, "two seats are shown");
  await told.look(coordinator, "panel-convened");

  const second = await told.login("reader.second");
  await opens(second);
  check(new URL(second.url()).pathname === place, "the invitation stands on the worklist");
  await told.look(second, "panel-invited");
  await follow(second, `form[action$="/do/join_panel"] button`);
  await reads(told, second, { conclusion: "Carcinome lobulaire.", concordance: "minor_discordance" });
  check((await second.locator("#panel").textContent()).includes("Carcinome lobulaire."), "a reader reads their own");

  const chair = await told.login("expert.breast");
  await chair.goto(place);
  check(!(await chair.locator("main").textContent()).includes("Carcinome lobulaire."), "the other one does not");
  await told.look(chair, "panel-blind");
  await reads(told, chair, { conclusion: "Adénose sclérosante.", concordance: "major_discordance" });
  const open = await chair.locator("#panel").textContent();
  for (const said of ["Carcinome lobulaire.", "Adénose sclérosante.", "0/1"]) check(open.includes(said), `${said} is shown`);
  await told.look(chair, "panel-revealed");

  await coordinator.goto(place);
  const counted = await coordinator.locator("#panel").textContent();
  check(counted.includes("0/1") && !counted.includes("lobulaire"), "a coordinator reads how far they agree, and no reading");
  await told.look(coordinator, "panel-counted");
}
