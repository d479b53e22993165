// Logging in, the worklists of the three roles, empty and full, their filters, the keyboard map and the style page.
import { check, follow } from "./support.mjs";

const SAID = {
  fr: { wrong: "n’est pas le bon", title: "Les cas de mon laboratoire", none: "Aucun cas ne correspond" },
  en: { wrong: "password is wrong", title: "My laboratory’s cases", none: "No case matches" },
};

export async function tell(told, way) {
  const said = SAID[way.language];
  const stranger = await told.stranger();
  await stranger.goto("/worklist?view=all");
  check(stranger.url().includes("/login?next=%2Fworklist%3Fview%3Dall"), "a stranger is asked to log in");
  await told.look(stranger, "login");
  await stranger.fill("#login", "nobody@example.org");
  await stranger.fill("#password", "wrong");
  await follow(stranger, "main button.first");
  check((await stranger.textContent("[role=alert]")).includes(said.wrong), "a wrong password is said");
  check((await stranger.inputValue("#login")) === "nobody@example.org", "the login that was typed is kept");
  await told.look(stranger, "login-wrong");
  await stranger.goto("/style");
  await told.look(stranger, "style");

  const submitter = await told.login("submitter.cayenne");
  check((await submitter.textContent("h1")).trim() === said.title, "the submitter sees the laboratory's list");
  check((await submitter.locator("a[data-row]").count()) === 50, "a page has fifty rows");
  await told.look(submitter, "list-laboratory");
  await follow(submitter, "a[rel=next]");
  check((await submitter.locator("a[data-row]").count()) > 0, "the next page has rows");
  await submitter.goto("/worklist");
  await submitter.fill("#q", "zzzzz");
  if (!way.script) await submitter.click("form[role=search] button");
  await submitter.getByText(said.none).waitFor();
  check(!submitter.url().includes("zzzzz"), "what is looked for stands in no address");
  await told.look(submitter, "list-nothing-found");
  await submitter.selectOption("#urgency", "routine");
  if (way.script) await submitter.waitForURL(/urgency=routine/);
  await submitter.fill("#q", "26H00123");
  if (!way.script) await submitter.click("form[role=search] button");
  await submitter.locator("a[data-row]").first().waitFor();
  check(!submitter.url().includes("26H00123"), "an accession number finds its case and stands in no address");
  await follow(submitter, submitter.locator("#list form.end button"));
  await submitter.locator("a[data-row]").first().waitFor();
  check(!submitter.url().includes("26H00123"), "nor on the next page");
  await submitter.goto("/worklist?view=drafts");
  await told.look(submitter, "list-drafts");
  if (way.script) await submitter.waitForFunction(() => document.cookie.includes("relecture_style="));
  await submitter.goto("/keyboard");
  const own = await submitter.locator("head > style").count();
  check(own === (way.script ? 0 : 1), "a page brings the style only to a browser that does not keep it");
  const bar = await submitter.locator("header.bar").evaluate((element) => getComputedStyle(element).display);
  check(bar === "flex", "and has its style either way");
  await told.look(submitter, "keyboard");

  const expert = await told.login("expert.breast");
  check((await expert.locator("a[data-row]").count()) > 0, "the expert is offered cases");
  await told.look(expert, "list-expert");
  if (way.script) {
    await expert.keyboard.press("j");
    check(await expert.evaluate(() => document.activeElement.hasAttribute("data-row")), "j goes to the first row");
    await expert.keyboard.press("/");
    check(await expert.evaluate(() => document.activeElement.id === "q"), "/ goes to the search");
  }
  const other = await told.login("expert.pacific");
  await told.look(other, "list-expert-empty");
  await Promise.all([other.waitForURL(/done=nothing-next/), other.click('main form[action="/next"] button')]);
  check(other.url().includes("done=nothing-next"), "nothing waits for this expert");

  const coordinator = await told.login("coordinator.antilles");
  await told.look(coordinator, "list-network");
  await coordinator.goto("/worklist?view=unrouted");
  check((await coordinator.locator("a[data-row]").count()) > 0, "cases without an expert are in front of the coordinator");
  await told.look(coordinator, "list-unrouted");

  await submitter.goto("/worklist");
  await submitter.getByRole("button", { name: way.language === "fr" ? "Se déconnecter" : "Log out" }).click();
  await submitter.waitForURL("**/login");
  await submitter.goto("/worklist");
  check(submitter.url().includes("/login"), "the session is over");
}
