// An administrator adds a person, who logs in with the password that was shown once; changes the account while somebody else does;
// gives and takes roles; keeps the person out and lets them in again; and cannot leave the exchange without an administrator.
import { check, follow } from "./support.mjs";

/** The button of the form of that part. */
const part = (name) => `form:has(input[name="_part"][value="${name}"]) .actions button`;

export async function tell(told) {
  const administrator = await told.login("administrator");
  check(new URL(administrator.url()).pathname === "/administration", "an administrator begins in the section");
  await told.look(administrator, "admin");
  await follow(administrator, 'main a[href="/administration/people"]');
  check((await administrator.locator("tbody tr").count()) === 10, "everybody is listed");
  await told.look(administrator, "people");
  await administrator.fill("#q", "zzz");
  await follow(administrator, "form[role=search] button");
  check((await administrator.locator("tbody tr").count()) === 0, "nobody matches");
  await told.look(administrator, "people-none");

  await administrator.goto("/administration/people/new");
  await administrator.fill("#login", "pas une adresse");
  await administrator.fill("#name", "Dr <b>Zoé</b> Éluard");
  await administrator.uncheck("[name=invite]");
  await follow(administrator, part("add"));
  check((await administrator.getAttribute("#role", "aria-invalid")) === "true", "a role is due");
  check((await administrator.inputValue("#name")) === "Dr <b>Zoé</b> Éluard", "what was typed is kept");
  await administrator.selectOption("#role", "submitter");
  await administrator.selectOption("#laboratory", { label: "Centre hospitalier de Cayenne" });
  await follow(administrator, part("add"));
  check((await administrator.getAttribute("#login", "aria-invalid")) === "true", "a login is an address");
  await told.look(administrator, "person-new-wrong");
  await administrator.fill("#login", "zoe.eluard@example.org");
  await follow(administrator, part("add"));
  const password = await administrator.textContent("#secret");
  check(password.length === 20, "the password is shown");
  check((await administrator.textContent("h1")) === "Dr <b>Zoé</b> Éluard", "scripts in a name stay text");
  await told.look(administrator, "person-added");

  const zoe = await told.stranger();
  await zoe.goto("/login");
  await zoe.fill("#login", "zoe.eluard@example.org");
  await zoe.fill("#password", password);
  await Promise.all([zoe.waitForURL("**/worklist"), zoe.click("main button.first")]);
  check((await zoe.locator('nav a[href="/administration"]').count()) === 0, "who is no administrator has no section");
  check((await zoe.goto("/administration/people")).status() === 403, "and is let into none");

  await administrator.goto("/administration/people?q=eluard");
  await follow(administrator, "tbody a");
  check((await administrator.locator("#secret").count()) === 0, "the password is shown once");
  const here = administrator.url();
  const other = await administrator.context().newPage();
  await other.goto(here);
  await administrator.fill("#name", "Dr Zoé Éluard");
  await follow(administrator, part("account"));
  check(administrator.url().includes("done-person"), `the account is saved: ${administrator.url()}`);
  await other.fill("#name", "Dr Zoé Martin");
  await follow(other, part("account"));
  check((await other.locator("[role=alert]").count()) === 1, "a change from another window is told");
  check((await other.textContent("#name-error")).includes("Dr Zoé Éluard"), "what is there now stands beside the field");
  check((await other.inputValue("#name")) === "Dr Zoé Martin", "nothing typed is lost");
  await told.look(other, "person-conflict");
  await follow(other, part("account"));
  check((await other.textContent("h1")) === "Dr Zoé Martin", "sent again, it goes through");

  await other.selectOption("#role", "expert");
  await other.selectOption("#laboratory", { label: "CHU de Martinique" });
  await follow(other, part("give"));
  check((await other.getAttribute("#network", "aria-invalid")) === "true", "an expert reads for a network");
  await other.selectOption("#network", { label: "GCS Antilles-Guyane" });
  await other.selectOption("#primary", "breast");
  await follow(other, part("give"));
  check((await other.locator("#entries li").count()) === 2, "the role is given");
  check((await other.inputValue("#reading_primary")) === "breast", "an expert has a profile");
  await other.fill("#tue", "matin");
  await follow(other, part("profile"));
  check((await other.getAttribute("#tue", "aria-invalid")) === "true", "hours are read as they are written");
  await other.fill("#tue", "8h-12h");
  await other.check('[name="also_dermatopathology"]');
  await follow(other, part("profile"));
  check((await other.inputValue("#tue")) === "08:00–12:00", "the profile is kept");
  await told.look(other, "person-expert");
  await follow(other, "#entries li:has-text('Antilles') button");
  check((await other.locator("#entries li").count()) === 1, "the role is taken away");
  check((await other.locator("#reading_primary").count()) === 0, "and the profile with it");

  await follow(other, part("out"));
  check(other.url().includes("done-person-out"), "the person is kept out");
  await told.look(other, "person-out");
  await zoe.goto("/worklist");
  check(zoe.url().includes("/login"), "and out at once");
  await follow(other, part("in"));
  await follow(other, part("password"));
  check((await other.textContent("#secret")) !== password, "a new password is another one");

  await administrator.goto("/administration/people?q=administrator");
  await follow(administrator, "tbody a");
  await follow(administrator, part("out"));
  check((await administrator.locator("[role=alert]").count()) === 1, "the last administrator stays");
  await told.look(administrator, "person-last");
}
