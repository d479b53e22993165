// An administrator has a system told of events: is told beside its field what is wrong, gets the secret once, tries it out, makes a new
// secret, and sends again what was not taken.
import { createServer } from "node:http";
import { check, follow } from "./support.mjs";

const part = (name) => `form:has(input[name="_part"][value="${name}"]) .actions button`;

/** A system that is told, and refuses whatever comes while it is told to. */
async function system() {
  const got = [];
  const server = createServer((request, response) => {
    got.push(request.headers);
    request.resume();
    response.writeHead(server.refuses ? 503 : 204).end();
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, got, url: `http://127.0.0.1:${server.address().port}/relecture` };
}

export async function tell(told) {
  const { server, got, url } = await system();
  const administrator = await told.login("administrator");
  await follow(administrator, 'main a[href="/administration/webhooks"]');
  check((await administrator.locator("tbody tr").count()) === 1, "the webhooks are listed");
  await told.look(administrator, "webhooks");
  await follow(administrator, 'a[href="/administration/webhooks/new"]');
  await administrator.fill("#name", "SIL <script>alert(1)</script>");
  await administrator.fill("#url", url);
  await follow(administrator, part("webhook"));
  check((await administrator.getAttribute("#network", "aria-invalid")) === "true", "whose cases is due");
  await administrator.selectOption("#network", { label: "GCS Antilles-Guyane" });
  await follow(administrator, part("webhook"));
  check((await administrator.getAttribute("#url", "aria-invalid")) === "true", "http is for internal addresses");
  check((await administrator.locator("fieldset .error").count()) === 1, "an event is due");
  check((await administrator.inputValue("#url")) === url, "what was typed is kept");
  await told.look(administrator, "webhook-new-wrong");
  await administrator.check('[name="internal"]');
  await administrator.check('[name="kinds_opinion_signed"]');
  await administrator.check('[name="kinds_answer_late"]');
  await follow(administrator, part("webhook"));
  const secret = await administrator.textContent("#secret");
  check(/^whsec_[A-Za-z0-9+/]{43}=$/.test(secret), `the secret is told: ${secret}`);
  await told.look(administrator, "webhook-secret");
  check(await administrator.isChecked('[name="kinds_opinion_signed"]'), "what was chosen is kept");

  await follow(administrator, part("test"));
  check((await administrator.locator("#found.good").count()) === 1, "the trial is taken");
  check(got.length === 1 && got[0]["webhook-signature"].startsWith("v1,"), "and it was signed");
  check(!(await administrator.content()).includes("whsec_"), "the secret is shown no more");
  await told.look(administrator, "webhook-taken");
  server.refuses = true;
  await follow(administrator, part("test"));
  check((await administrator.textContent("#found.bad")).includes("503"), "a trial that is not taken is told");
  await told.look(administrator, "webhook-refused");
  await follow(administrator, part("secret"));
  check((await administrator.textContent("#secret")) !== secret, "a new secret is another one");
  check((await administrator.locator("dl.facts dt").count()) === 3, "until when the earlier one signs is said");
  server.close();

  const here = new URL(administrator.url()).pathname.replace(/\/secret$/, "");
  await administrator.goto(here);
  const other = await administrator.context().newPage();
  await other.goto(here);
  await administrator.uncheck('[name="active"]');
  await follow(administrator, part("webhook"));
  check(administrator.url().includes("done-webhook"), "the webhook is switched off");
  await other.fill("#name", "SIL de Cayenne");
  await follow(other, part("webhook"));
  check((await other.locator("[role=alert]").count()) === 1, "a change from another window is told");
  check((await other.inputValue("#name")) === "SIL de Cayenne", "nothing typed is lost");
  await told.look(other, "webhook-conflict");

  await administrator.goto("/administration/webhooks");
  await follow(administrator, administrator.getByRole("link", { name: "Tableau de bord" }));
  await follow(administrator, 'main a[href$="/deliveries"]');
  const sent = await administrator.locator("tbody tr").count();
  check(sent === 2, `what it was sent is listed: ${sent}`);
  check((await administrator.textContent("tbody")).includes("503"), "and why it was not taken");
  check(!/REL-/.test(await administrator.textContent("main")), "no case is named");
  await told.look(administrator, "webhook-deliveries");
  await follow(administrator, "tbody form button");
  check(administrator.url().includes("done-event-again"), "it is on its way again");
  await administrator.selectOption("#state", "dead");
  await follow(administrator, "form[role=search] button");
  check((await administrator.locator("tbody tr").count()) === 1, "and given up no more");
  await administrator.selectOption("#state", "leased");
  await follow(administrator, "form[role=search] button");
  await told.look(administrator, "webhook-deliveries-none");
}
