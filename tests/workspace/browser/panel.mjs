// A coordinator has a case read by two experts: what is missing is said beside its field, each reads alone, and when both have signed
// their readings stand beside each other.
import { check, follow } from "./support.mjs";

async function opens(page) {
  await page.goto("/worklist");
  await follow(page, page.locator("a[data-row]").first());
}

/** What is typed is kept without a button, where there is script; and nothing is signed over what was kept in another window. */
async function keepsInPassing(told, page, conclusion) {
  check((await page.inputValue("#conclusion")) === conclusion, "what was kept is there");
  if (!told.way.script) return;
  const before = await page.inputValue("#version");
  await page.fill("#comment", "En cours de frappe.");
  await page.waitForFunction((version) => document.querySelector("#version").value !== version, before);
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(page.url());
  check((await elsewhere.inputValue("#comment")) === "En cours de frappe.", "another window goes on from it");
  await elsewhere.fill("#comment", "");
  await follow(elsewhere, 'button[value="save_reading"]');
  await page.fill("#password", "a long enough password");
  await page.check("input[name=concordance][value=not_assessable]");
  await follow(page, "form.fields button.first");
  check((await page.locator('.notice.bad[role="alert"]').count()) === 1, "that it was changed elsewhere is said");
  check((await page.locator("#comment").count()) === 1, `the form is there: ${await page.locator("main").textContent()}`);
  check((await page.inputValue("#comment")) === "En cours de frappe.", "and what was typed here is kept");
  await elsewhere.close();
  await page.goto(page.url().replace(/\/opinion.*/, "/opinion?as=sign_reading"));
  check((await page.inputValue("#comment")) === "", "what was kept last is what there is");
}

async function reads(told, page, { conclusion, concordance }) {
  await follow(page, 'a[href$="as=sign_reading"]');
  check((await page.locator("#reason").count()) === 0, "a first reading gives no reason for another version");
  await page.fill("#conclusion", conclusion);
  await follow(page, 'button[value="save_reading"]');
  check(page.url().includes("done-save-reading"), `the reading is kept: ${page.url()}`);
  check((await page.inputValue("#conclusion")) === conclusion, "and is there again");
  await page.goto(new URL(page.url()).pathname.replace(/\/opinion$/, ""));
  check(!(await page.locator("main").textContent()).includes(conclusion), "it is no reading before it is signed");
  await follow(page, 'a[href$="as=sign_reading"]');
  await keepsInPassing(told, page, conclusion);
  await follow(page, "form.fields button.first");
  check((await page.inputValue("#conclusion")) === conclusion, "what was typed is kept");
  check((await page.locator("#concordance-error").count()) === 1, "what is missing is said");
  await told.look(page, "panel-reading");
  await page.check(`input[name=concordance][value=${concordance}]`);
  await page.fill("#password", "a long enough password");
  await follow(page, "form.fields button.first");
  check(page.url().includes("done=done-sign-reading"), `the reading is signed: ${page.url()}`);
}

export async function tell(told, way) {
  const differ = way.language === "fr" ? "les deux lectures diffèrent" : "the two readings differ";
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
  const times = await coordinator.locator("#panel li").nth(1).textContent();
  const ends = times.match(/(avant|before)[^<]*?\d\d:\d\d/g) ?? [];
  check(ends.length === 2, `until when a seat is answered and read is shown: ${times}`);
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
  for (const said of ["Carcinome lobulaire.", "Adénose sclérosante.", differ]) check(open.includes(said), `${said} is shown`);
  await told.look(chair, "panel-revealed");

  await coordinator.goto(place);
  const counted = await coordinator.locator("#panel").textContent();
  check(counted.includes(differ) && !counted.includes("lobulaire"), "a coordinator reads how far they agree, and no reading");
  await told.look(coordinator, "panel-counted");

  // The chair signs the consensus; the other reader dissents, with a reason and a password, and everybody who reads it reads that too.
  await chair.goto(`${place}/opinion`);
  await chair.fill("#conclusion", "Carcinome lobulaire infiltrant, de l’avis du panel.");
  await chair.check("input[name=concordance][value=minor_discordance]");
  await chair.fill("#password", "a long enough password");
  await follow(chair, 'button[value="sign"]');
  check(chair.url().includes("done-sign"), `the consensus is signed: ${chair.url()}`);
  check((await chair.locator('a[href$="/do/cosign"]').count()) === 0, "who signed it signs it once");
  await told.look(chair, "panel-awaited");

  await second.goto(place);
  check((await second.locator('a[href$="/do/cosign"]').count()) === 1, "the other reader may sign it too");
  await follow(second, 'a[href$="/do/dissent"]');
  await second.fill("#reason", "Les cellules expriment TTF1.");
  await follow(second, "form.fields button.first");
  check((await second.locator("#password-error").count()) === 1, "a signature asks for the password");
  check((await second.inputValue("#reason")) === "Les cellules expriment TTF1.", "what was typed is kept");
  await told.look(second, "panel-dissent");
  await second.fill("#password", "a long enough password");
  await follow(second, "form.fields button.first");
  check(second.url().includes("done=done-dissent"), `the dissent is signed: ${second.url()}`);
  check((await second.locator('#panel a[href*="/positions/"]').count()) === 1, "its signed file is there");

  const submitter = await told.login("submitter.cayenne");
  await submitter.goto(place);
  const shown = await submitter.locator("#panel").textContent();
  check(shown.includes("Les cellules expriment TTF1."), "the submitter reads the dissent beside the opinion");
  await told.look(submitter, "panel-dissented");
  await coordinator.goto(place);
  check(!(await coordinator.locator("#panel").textContent()).includes("TTF1"), "a coordinator reads that there is one");
}
