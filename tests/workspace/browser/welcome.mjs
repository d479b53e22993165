// Somebody who was invited chooses a password by the link of a mail; somebody who has forgotten theirs asks for a link.
import { check, follow } from "./support.mjs";

const TOKEN = "a-link-that-the-story-knows";

export async function tell(told) {
  const page = await told.stranger();
  await page.goto(`/welcome?t=${TOKEN}`);
  check(new URL(page.url()).search === "", `the token is out of the address: ${page.url()}`);
  check((await page.inputValue("#login")) === "submitter.martinique@example.org", "whose password it is, is said");
  await told.look(page, "welcome");
  await page.fill("#new", "court");
  await follow(page, "main button");
  check((await page.getAttribute("#new", "aria-invalid")) === "true", "a short password is told beside its field");
  check((await page.inputValue("#new")) === "", "and no password is shown again");
  await told.look(page, "welcome-wrong");
  await page.fill("#new", "sept lames de verre");
  await follow(page, "main button");
  check(new URL(page.url()).pathname === "/login", `then they log in: ${page.url()}`);
  check((await page.locator(".notice.good").count()) === 1, "and are told so");
  await told.look(page, "welcome-chosen");
  await page.fill("#login", "submitter.martinique@example.org");
  await page.fill("#password", "sept lames de verre");
  await Promise.all([page.waitForURL((url) => url.pathname === "/worklist"), page.click("main button.first")]);

  const again = await told.stranger();
  const spent = await again.goto(`/welcome?t=${TOKEN}`);
  check(spent.status() === 404, "a link is good once");
  await told.look(again, "welcome-spent");
  await again.goto("/login");
  await follow(again, 'a[href="/forgotten"]');
  await told.look(again, "forgotten");
  const said = [];
  for (const login of ["submitter.cayenne@example.org", "nobody@example.org"]) {
    await again.goto("/forgotten");
    await again.fill("#login", login);
    await follow(again, "main button");
    said.push(await again.textContent("main"));
  }
  check(said[0] === said[1], "nobody learns who has an account");
  await told.look(again, "forgotten-asked");

  const administrator = await told.login("administrator");
  await administrator.goto("/administration/people/new");
  await administrator.fill("#login", "zoe.eluard@example.org");
  await administrator.fill("#name", "Dr Zoé Éluard");
  await administrator.selectOption("#role", "auditor");
  check(await administrator.isChecked("[name=invite]"), "who is added is invited unless something else is wanted");
  await follow(administrator, "main form[action='/administration/people/new'] button");
  check((await administrator.locator(".notice.good").count()) === 1, "the invitation is on its way");
  check((await administrator.locator("#secret").count()) === 0, "and no password is shown");
  await told.look(administrator, "person-invited");
  const part = (name) => administrator.locator(`form:has([name=_part][value=${name}]) button`);
  await follow(administrator, part("invite"));
  check(administrator.url().includes("done-invited"), "sent again");
  await follow(administrator, part("withdraw"));
  check((await part("withdraw").count()) === 0, "withdrawn");
  await told.look(administrator, "person-uninvited");
}
