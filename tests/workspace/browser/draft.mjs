// What is typed into a new case is kept by the server in passing: it outlives a closed tab, an ended session and a lost line; two
// windows are told of each other; a case that was asked before is shown before this one is sent.
import { check, follow } from "./support.mjs";

const KEPT = { fr: /Brouillon enregistré à \d\d:\d\d/, en: /Draft saved at \d\d:\d\d/ };
const OFFLINE = { fr: /ne répond pas/, en: /does not answer/ };
const ENDED = { fr: /session est terminée/, en: /session has ended/ };

const says = (page, words) => page.locator("#kept").filter({ hasText: words }).waitFor();

/** Everything that a case needs, but for the question. */
async function complete(page) {
  await page.selectOption("#subspecialty", "breast");
  await page.selectOption("#initial_status", "provisional");
  await page.fill("#initial_text", "Carcinome canalaire infiltrant");
  await page.fill("#clinical_context", "Nodule du sein droit.");
  await page.fill("#slide0_link", "http://127.0.0.1:1/dz/nowhere.dzi");
  await page.fill("#slide0_label", "A1-1");
  await page.fill("#slide0_stain", "HES");
  await page.fill("#slide0_site", "Sein droit");
  await page.fill("#slide0_procedure", "Biopsie");
  await page.fill("#slide0_excuse", "Serveur en maintenance");
  await page.fill("#accession_number", "26H00123");
  await page.fill("#birth_year", "1971");
  await page.selectOption("#sex", "female");
  await page.check('[name="informed"]');
  await page.check('[name="non_opposition"]');
}

export async function tell(told, way) {
  const submitter = await told.login("submitter.cayenne");
  await submitter.goto("/cases/new");
  await submitter.fill("#question", "Carcinome lobulaire ?");
  if (way.script) await keptInPassing(told, submitter, way);

  // Asked before: the same number and the same slide. Told before anything is sent, then sent on purpose.
  await complete(submitter);
  if (way.script) await submitter.locator("#earlier li").first().waitFor();
  else {
    await follow(submitter, 'button[value="submit"]');
    check((await submitter.locator("[role=alert]").count()) === 1, "nothing is sent before the earlier case was told");
  }
  check((await submitter.locator('#earlier a[href^="/cases/"]').count()) === 1, "the earlier case is named and linked");
  await told.look(submitter, "earlier");
  await follow(submitter, 'button[value="submit"]');
  check(submitter.url().includes("done-submit"), `asked on purpose, it is sent: ${submitter.url()}`);
  await submitter.goto("/worklist?view=drafts");
  check((await submitter.locator("a[data-row]").count()) === 0, "one page made one case");
  await submitter.goto("/worklist?view=all");
  check((await submitter.locator("a[data-row]").count()) === 2, "and it was sent once");
  await submitter.goto("/cases/new");
  check((await submitter.inputValue("#question")) === "", "a new case begins empty");
}

/** With a script: the server has it without a button. Leaves the page of the case that was begun, with its question. */
async function keptInPassing(told, submitter, way) {
  await says(submitter, KEPT[way.language]);
  check(/\/cases\/[0-9a-f-]+\/edit$/.test(submitter.url()), `the page is the one of its case: ${submitter.url()}`);
  const place = new URL(submitter.url()).pathname;
  await told.look(submitter, "kept");

  // Another window has it too, as if the first tab had been closed.
  const second = await submitter.context().newPage();
  second.setDefaultTimeout(10_000);
  await second.goto("/worklist?view=drafts");
  check((await second.locator("a[data-row]").count()) === 1, "the draft is in the list");
  await second.goto(place);
  check((await second.inputValue("#question")) === "Carcinome lobulaire ?", "and holds what was typed");
  await second.fill("#macroscopy", "Pièce de 3 cm");
  await says(second, KEPT[way.language]);

  // The first window is told that the case was changed elsewhere, and loses nothing.
  await submitter.fill("#clinical_context", "Nodule");
  await submitter.locator("#kept").filter({ hasNotText: KEPT[way.language] }).filter({ hasText: /\S/ }).waitFor();
  check((await submitter.inputValue("#clinical_context")) === "Nodule", "what was typed stays");
  await told.look(submitter, "kept-elsewhere");
  await submitter.goto(place);
  check((await submitter.inputValue("#macroscopy")) === "Pièce de 3 cm", "loaded again, it is as the other window left it");
  check(await submitter.locator("[data-kept]").isVisible(), "and what was typed here is offered");
  await second.close();

  // The line is lost and comes back.
  await submitter.context().setOffline(true);
  await submitter.fill("#work_done", "RE: positif");
  await says(submitter, OFFLINE[way.language]);
  await told.look(submitter, "offline");
  await submitter.context().setOffline(false);
  await says(submitter, KEPT[way.language]);

  // The session ends: the page stays, its button leads over the login, and nothing typed is lost.
  await submitter.context().clearCookies({ name: /relecture_(access|refresh)/ });
  await submitter.fill("#work_done", "RE: positif\nRP: négatif");
  await says(submitter, ENDED[way.language]);
  await told.look(submitter, "session-ended");
  await follow(submitter, '.actions button[value="save"] >> nth=-1');
  await submitter.fill("#login", "submitter.cayenne@example.org");
  await submitter.fill("#password", "a long enough password");
  await follow(submitter, "main button.first");
  await follow(submitter, "main button.first");
  check(submitter.url().includes(place), `back at the case: ${submitter.url()}`);
  check((await submitter.inputValue("#work_done")) === "RE: positif\nRP: négatif", "with what was typed");
}
