// Somebody chooses which mails come when. What always comes at once stands beside with its reason; a change from another window
// is told, and what was chosen is kept.
import { check, follow } from "./support.mjs";

const SAVE = 'form[action="/me/notifications"] button';

export async function tell(told) {
  const submitter = await told.login("submitter.cayenne");
  await submitter.goto("/me");
  await follow(submitter, 'a[href="/me/notifications"]');
  check((await submitter.inputValue("#when_receipt")) === "at_once", "everything comes at once unless something else was chosen");
  check((await submitter.locator("#when_question").count()) === 0, "what a patient waits for cannot be put off");
  check((await submitter.locator('#when_opinion_ready option[value="never"]').count()) === 0, "an opinion cannot be done without");
  check((await submitter.locator("section.card li").count()) >= 4, "what always comes at once is named");
  await told.look(submitter, "mails");
  const other = await submitter.context().newPage();
  await other.goto("/me/notifications");
  await submitter.selectOption("#when_receipt", "never");
  await submitter.selectOption("#when_opinion_ready", "daily");
  await follow(submitter, SAVE);
  check(submitter.url().includes("done-mails"), `the choices are kept: ${submitter.url()}`);
  check((await submitter.locator(".notice.good").count()) === 1, "and it is said");
  check((await submitter.inputValue("#when_receipt")) === "never", "they are shown as they were chosen");
  await told.look(submitter, "mails-kept");
  await other.selectOption("#when_preliminary_ready", "daily");
  await follow(other, SAVE);
  check((await other.locator("[role=alert]").count()) === 1, "a change from another window is told");
  check((await other.inputValue("#when_preliminary_ready")) === "daily", "what was chosen is kept");
  await told.look(other, "mails-stale");
  await follow(other, SAVE);
  check(other.url().includes("done-mails"), "saved again, it goes through");

  for (const login of ["expert.breast", "coordinator.antilles", "auditor"]) {
    const page = await told.login(login);
    await page.goto("/me/notifications");
    await told.look(page, `mails-${login.split(".")[0]}`);
  }
}
