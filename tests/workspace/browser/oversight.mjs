// An administrator finds what was given up, tries it again, and looks up what was done; an auditor finds the traces of a case.
import { check, follow } from "./support.mjs";

export async function tell(told) {
  const administrator = await told.login("administrator");
  await follow(administrator, 'main a[href="/administration/messages"]');
  await administrator.selectOption("#state", "dead");
  await administrator.fill("#q", "expert breast");
  await follow(administrator, "form[role=search] button");
  const before = await administrator.locator("tbody tr").count();
  check(before > 0, "what was given up is found by its recipient");
  check((await administrator.textContent("tbody")).includes("550"), "and told why");
  check(!/REL-/.test(await administrator.textContent("main")), "no case is named");
  await told.look(administrator, "messages");
  await follow(administrator, "tbody form button");
  check(administrator.url().includes("done-message"), "it is on its way again");
  await administrator.goto("/administration/messages?state=dead&q=expert+breast");
  check((await administrator.locator("tbody tr").count()) === before - 1, "and given up no more");
  await administrator.goto("/administration/messages?q=zzz");
  await told.look(administrator, "messages-none");

  await administrator.goto("/administration");
  await follow(administrator, 'main a[href="/audit"]');
  // Logins are there too.
  await administrator.selectOption("#action", "retry_message");
  await follow(administrator, "form[role=search] button");
  check((await administrator.locator("tbody tr").count()) === 1, "what was done is found");
  check((await administrator.locator("#case").count()) === 0, "cases are not the administrator's to look for");
  await told.look(administrator, "audit-administrator");

  const auditor = await told.login("auditor");
  check(new URL(auditor.url()).pathname === "/audit", "an auditor begins in the audit");
  await auditor.selectOption("#action", "submit");
  await follow(auditor, "form[role=search] button");
  const reference = /REL-\d{4}-\d{6}-\w/.exec(await auditor.textContent("tbody"))[0];
  await auditor.goto("/audit");
  await auditor.fill("#case", reference);
  await auditor.fill("#from", "2026-11-23");
  await auditor.fill("#until", "2026-11-23");
  await follow(auditor, "form[role=search] button");
  check((await auditor.locator("tbody tr").count()) > 0, "the traces of a case are found");
  await told.look(auditor, "audit-case");
  await auditor.goto("/audit?q=zzz");
  await told.look(auditor, "audit-none");
  check((await auditor.goto("/administration")).status() === 403, "an auditor administers nothing");
}
