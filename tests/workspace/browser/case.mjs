// One case through the hands of three people: written, sent, asked about, answered, signed, acknowledged. On the way: what is
// missing is said beside its field, what was typed survives a stale version and an ended session, and a script stays a text.
import { check, follow } from "./support.mjs";

const NASTY = "<script>alert(1)</script> Lobulaire ou canalaire ?";

export async function tell(told, way) {
  const submitter = await told.login("submitter.cayenne");
  await follow(submitter, 'a[href="/cases/new"] >> nth=0');
  await told.look(submitter, "1-new");
  await submitter.fill("#question", NASTY);
  await follow(submitter, 'button[value="submit"]');
  check((await submitter.locator(".error").count()) >= 4, "what is missing is said beside its field");
  check((await submitter.inputValue("#question")) === NASTY, "what was typed is kept");
  await told.look(submitter, "1-new-missing");

  await submitter.selectOption("#subspecialty", "breast");
  await submitter.selectOption("#initial_status", "provisional");
  await submitter.fill("#initial_text", "Carcinome canalaire infiltrant");
  await submitter.fill("#clinical_context", "Nodule du sein droit, évolution rapide.");
  await submitter.fill("#work_done", "RE: positif\nHER2: négatif");
  await submitter.fill("#slide0_link", "https://elsewhere.example.org/a.dzi");
  await submitter.fill("#slide0_label", "A1-1");
  await submitter.fill("#slide0_stain", "HES");
  await submitter.fill("#slide0_site", "Sein droit");
  await submitter.fill("#slide0_procedure", "Biopsie");
  await submitter.fill("#accession_number", "26H00123");
  await submitter.fill("#birth_year", "1971");
  await submitter.selectOption("#sex", "female");
  await submitter.check('[name="informed"]');
  await submitter.check('[name="non_opposition"]');
  await follow(submitter, 'button[value="check"]');
  check((await submitter.getAttribute("#slide0_link", "aria-invalid")) === "true", "a link to another server is refused");
  await submitter.fill("#slide0_link", "http://127.0.0.1:1/dz/nowhere.dzi");
  await follow(submitter, 'button[value="check"]');
  check((await submitter.locator("#slides .error").count()) === 1, "a slide that cannot be read is said");
  await told.look(submitter, "1-draft-checked");
  await submitter.fill("#slide0_excuse", "Serveur en maintenance");
  await follow(submitter, 'button[value="submit"]');
  check(/\/cases\/[0-9a-f-]+\?done=done-submit/.test(submitter.url()), `the case is sent: ${submitter.url()}`);
  check((await submitter.textContent("main")).includes(NASTY), "a script is a text");
  await told.look(submitter, "2-sent");
  const place = new URL(submitter.url()).pathname;

  const expert = await told.login("expert.breast");
  await expert.goto(place);
  await told.look(expert, "3-offered");
  await expert.goto(`${place}/do/decline`);
  await follow(expert, "main form.card button");
  check((await expert.getAttribute("#reason", "aria-invalid")) === "true", "a decline needs its reason");
  await told.look(expert, "3-decline");
  await expert.goto(place);
  // One way of beginning to read is to accept the offer, the other to ask for the next case.
  if (way.script) await Promise.all([expert.waitForEvent("domcontentloaded"), expert.keyboard.press(way.width > 600 ? "a" : "n")]);
  else if (way.width > 600) await follow(expert, 'form[action$="/do/accept"] button');
  else {
    await expert.goto("/worklist");
    await follow(expert, 'main form[action="/next"] button');
  }
  check(expert.url().includes(place) && /done-(accept|next-own-queue)/.test(expert.url()), `the expert reads: ${expert.url()}`);
  await told.look(expert, "3-accepted");

  // The same form in two windows: the second one is told, and keeps what was typed.
  const second = await expert.context().newPage();
  for (const [page, question] of [[expert, "Antécédents ?"], [second, "Imagerie ?"]]) {
    await page.goto(`${place}/do/request_information`);
    await page.selectOption("#kind", "clinical_data");
    await page.fill("#question", question);
  }
  await follow(second, "main form.card button");
  await follow(expert, "main form.card button");
  check((await expert.locator("[role=alert]").count()) === 1, "somebody else was faster, and it is said");
  check((await expert.inputValue("#question")) === "Antécédents ?", "nothing typed is lost");
  await told.look(expert, "3-stale");
  await follow(expert, "main form.card button");
  check(expert.url().includes("done-request-information"), "sent again, it goes through");

  // The session ends while an answer is being typed.
  await submitter.goto(`${place}/do/answer`);
  await submitter.selectOption("#request", { index: 1 });
  await submitter.fill("#reply", "Aucun antécédent.");
  await submitter.context().clearCookies({ name: /relecture_(access|refresh)/ });
  await follow(submitter, "main form.card button");
  await told.look(submitter, "4-session-ended");
  await submitter.fill("#login", "submitter.cayenne@example.org");
  await submitter.fill("#password", "a long enough password");
  await follow(submitter, "main button.first");
  await told.look(submitter, "4-resume");
  await follow(submitter, "main button.first");
  check(submitter.url().includes("done-answer"), `what was typed arrives after a new login: ${submitter.url()}`);
  await submitter.goto(`${place}/do/answer`);
  await submitter.selectOption("#request", { index: 1 });
  await submitter.fill("#reply", "IRM jointe.");
  await follow(submitter, "main form.card button");
  await told.look(submitter, "4-answered");

  await expert.goto(`${place}/opinion`);
  await follow(expert, 'button[value="sign"]');
  check((await expert.locator(".error").count()) === 2, "an opinion needs a conclusion and a concordance");
  await told.look(expert, "5-opinion-missing");
  await expert.fill("#conclusion", "Carcinome lobulaire infiltrant.");
  await expert.fill("#microscopy", "Cellules indépendantes en files indiennes.");
  await expert.check('[value="minor_discordance"]');
  await expert.fill("#topography", "Sein");
  await expert.fill("#morphology", "lobulare infiltrant");
  if (!way.script) await follow(expert, 'button[value="save_opinion"]');
  const near = (code) => expert.locator(`button[name="_take"][value="${code}"]`);
  for (const code of ["topography=C50.9", "morphology=8520/3"]) {
    await near(code).waitFor();
    if (code.startsWith("topography")) await told.look(expert, "5-opinion-codes");
    if (way.script) await near(code).click();
    else await follow(expert, `button[value="${code}"]`);
  }
  check((await expert.inputValue("#morphology")) === "8520/3", "a near code is taken into its field");
  await expert.locator("#morphology-near button").waitFor({ state: "detached" });
  if (way.script) await expert.waitForFunction(() => document.querySelector("#kept")?.textContent !== "");
  else await follow(expert, 'button[value="save_opinion"]');
  check((await expert.inputValue("#conclusion")) !== "", "the draft stays");
  await told.look(expert, "5-opinion-draft");
  await expert.fill("#password", "not my password");
  await follow(expert, 'button[value="sign"]');
  check((await expert.locator("#password-error").count()) === 1, "a wrong password is refused beside its field");
  check((await expert.inputValue("#conclusion")) !== "" && (await expert.inputValue("#password")) === "", "all but it survives");
  await told.look(expert, "5-opinion-wrong-password");
  await expert.fill("#password", "a long enough password");
  await follow(expert, 'button[value="sign"]');
  check(expert.url().includes("done-sign"), `the opinion is signed: ${expert.url()}`);
  await told.look(expert, "5-signed");

  await submitter.goto(place);
  check((await submitter.textContent("main")).includes("C50.9"), "the codes are told");
  await told.look(submitter, "6-answer");
  // The signed file is kept, and verified by somebody who has nothing else.
  const file = await submitter.getAttribute('a[href$="/signed"]', "href");
  const kept = await submitter.request.get(file);
  check(kept.headers()["content-disposition"].startsWith("attachment"), "the signed opinion is a file");
  const reader = await told.stranger();
  await reader.goto("/verify");
  await told.look(reader, "6-verify");
  await reader.fill("#file", await kept.text());
  await follow(reader, "main button.first");
  check((await reader.locator("#verdict.good").count()) === 1, "whoever holds the file can verify it");
  check(!(await reader.textContent("main dl")).includes("26H00123"), "and learns of no patient");
  await told.look(reader, "6-verified");
  check((await reader.request.get(file, { maxRedirects: 0 })).status() !== 200, "the file itself is for who may read the case");
  await submitter.goto(`${place}/do/acknowledge`);
  await submitter.selectOption("#acknowledgement", "integrated");
  await follow(submitter, "main form.card button");
  await submitter.goto(`${place}/do/record_outcome`);
  await submitter.selectOption("#verdict", "expert_right");
  await submitter.fill("#text", "Pièce opératoire : lobulaire.");
  await follow(submitter, "main form.card button");
  await follow(submitter, 'form[action$="/do/close"] button');
  check(submitter.url().includes("done-close"), "the case is closed");
  await told.look(submitter, "6-closed");

  const coordinator = await told.login("coordinator.antilles");
  await coordinator.goto(place);
  check(!(await coordinator.textContent("main")).includes("26H00123"), "a coordinator sees no patient");
  check((await coordinator.locator("a.slide").count()) === 0, "and is led to no slide");
  await told.look(coordinator, "7-coordinator");
  const stranger = await told.login("submitter.martinique");
  const answer = await stranger.goto(place);
  check(answer.status() === 404, "somebody else's case does not exist");
  await told.look(stranger, "7-not-found");
}
