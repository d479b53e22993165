// An expert keeps their own page: what is read, how much and when, absences. What cannot be read is said beside its field and kept;
// a change from another window is told; somebody else has a page without a profile.
import { check, follow } from "./support.mjs";

const PROFILE = 'form[action="/me"] button';
const ABSENCE = 'form[action="/me/absences"] button';

export async function tell(told) {
  const expert = await told.login("expert.breast");
  await expert.goto("/me");
  check((await expert.inputValue("#primary")) === "breast", "the profile is shown as it is kept");
  check((await expert.locator('[name="also_breast"]').count()) === 0, "what is read first is not read beside");
  await told.look(expert, "me-empty");

  await expert.fill("#capacity", "beaucoup");
  await expert.fill("#tue", "12h-8h");
  await expert.fill("#languages", "fr, en");
  await follow(expert, PROFILE);
  check((await expert.locator(".error").count()) === 2, "what cannot be read is said beside its field");
  check((await expert.inputValue("#capacity")) === "beaucoup", "what was typed is kept");
  check((await expert.getAttribute("#tue", "aria-invalid")) === "true", "the day is marked");
  const said = (await expert.locator(".error").allTextContents()).join(" ");
  check(/finit avant de commencer|ends before it begins/.test(said), `what is wrong with its hours is said: ${said}`);
  await told.look(expert, "me-wrong");

  const other = await expert.context().newPage();
  await other.goto("/me");
  await expert.fill("#capacity", "7");
  await expert.fill("#tue", "8h-12h, 13h30-18h");
  await expert.check('[name="also_dermatopathology"]');
  await follow(expert, PROFILE);
  check(expert.url().includes("done-profile"), `the profile is saved: ${expert.url()}`);
  check((await expert.inputValue("#tue")) === "08:00–12:00, 13:30–18:00", "hours are shown in one form");
  check((await expert.inputValue("#languages")) === "fr en", "languages are shown in one form");
  check(await expert.isChecked('[name="also_dermatopathology"]'), "a further subspecialty is kept");
  await other.fill("#capacity", "9");
  await follow(other, PROFILE);
  check((await other.locator("[role=alert]").count()) === 1, "a change from another window is told");
  check((await other.inputValue("#capacity")) === "9", "nothing typed is lost");
  await follow(other, PROFILE);
  check(other.url().includes("done-profile"), "saved again, it goes through");

  await expert.goto("/me");
  await follow(expert, ABSENCE);
  check((await expert.getAttribute("#from", "aria-invalid")) === "true", "an absence has its days");
  await expert.fill("#from", "2026-12-31");
  await expert.fill("#until", "2026-12-20");
  await follow(expert, ABSENCE);
  check((await expert.getAttribute("#until", "aria-invalid")) === "true", "an absence does not end before it begins");
  check((await expert.inputValue("#until")) === "2026-12-20", "the days are kept");
  await told.look(expert, "me-absence-wrong");
  await expert.fill("#from", "2026-11-23");
  await expert.fill("#until", "2026-12-04");
  await follow(expert, ABSENCE);
  check((await expert.locator("#absences li").count()) === 1, "the absence is there");
  check((await expert.locator("#absences li .mark").count()) === 1, "and is going on");
  check((await expert.inputValue("#from")) === "", "and not waiting to be entered again");
  await told.look(expert, "me-away");
  await follow(expert, "#absences li button");
  check((await expert.locator("#absences li").count()) === 0, "the absence is taken away");

  const CONFLICT = "#conflicts form.fields button";
  await follow(expert, CONFLICT);
  check((await expert.locator("#conflicts .error").count()) === 2, "a conflict names its laboratory and its reason");
  await expert.locator("#recused_laboratory").selectOption({ index: 1 });
  await expert.locator("#recused_reason").selectOption("own_reports");
  await expert.fill("#recused_until", "2026-01-31");
  await follow(expert, CONFLICT);
  check((await expert.getAttribute("#recused_until", "aria-invalid")) === "true", "it is not over before it begins");
  check((await expert.getAttribute("#until", "aria-invalid")) === null, "the absence has nothing to do with it");
  check((await expert.inputValue("#recused_reason")) === "own_reports", "what was chosen is kept");
  await told.look(expert, "me-conflict-wrong");
  await expert.fill("#recused_until", "");
  await follow(expert, CONFLICT);
  check((await expert.locator("#conflicts li").count()) === 1, "the conflict is there");
  await told.look(expert, "me-conflict");
  await follow(expert, "#conflicts li button");
  check((await expert.locator("#conflicts li").count()) === 0, "and taken back");

  const submitter = await told.login("submitter.cayenne");
  await submitter.goto("/me");
  check((await submitter.locator(PROFILE).count()) === 0, "who is no expert has no profile to keep");
  const change = async (current, wanted) => {
    await submitter.fill("#current", current);
    await submitter.fill("#new", wanted);
    await follow(submitter, "#password button");
  };
  await change("not their password", "sept lames de verre");
  check((await submitter.locator("#current-error").count()) === 1, "a wrong password is told beside its field");
  check((await submitter.inputValue("#new")) === "", "and no password is shown again");
  await told.look(submitter, "me-password");
  await change("a long enough password", "sept lames de verre");
  check((await submitter.locator(".notice.good").count()) === 1, "the password is changed, and who changed it is still logged in");
  await told.look(submitter, "me-submitter");
}
