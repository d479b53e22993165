// Two of the three main stories without a mouse: a case is written and sent, the next case is asked for, answered and signed. The
// third, keeping cases for an expert, is told in `assign.mjs`.
import { check } from "./support.mjs";

const SAID = {
  fr: { field: "Sein", initial: "Diagnostic provisoire", sex: "F" },
  en: { field: "Breast", initial: "Provisional diagnosis", sex: "F" },
};

/** Goes on with Tab to a field, as somebody does who has nothing else. */
async function reach(page, selector) {
  for (let step = 0; step < 200; step += 1) {
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${selector} cannot be reached by Tab on ${page.url()}`);
}

/** Types into fields in the order in which they come. */
async function fill(page, fields) {
  for (const [selector, text] of fields) {
    await reach(page, selector);
    await page.keyboard.type(text);
  }
}

/** Presses a key that leads to another page. */
async function go(page, key, where) {
  await Promise.all([page.waitForURL(where), page.keyboard.press(key)]);
}

async function login(told, who) {
  const page = await told.stranger();
  await page.goto("/login");
  await fill(page, [["#login", `${who}@example.org`], ["#password", "a long enough password"]]);
  await go(page, "Enter", (url) => !url.pathname.startsWith("/login"));
  return page;
}

export async function tell(told, way) {
  const said = SAID[way.language];
  const submitter = await login(told, "submitter.cayenne");
  await go(submitter, "c", "**/cases/new");
  await fill(submitter, [
    ["#question", "Carcinome lobulaire ou canalaire ?"],
    ["#subspecialty", said.field],
    ["#initial_status", said.initial],
    ["#initial_text", "Carcinome canalaire infiltrant"],
    ["#slide0_link", "http://127.0.0.1:1/dz/nowhere.dzi"],
    ["#slide0_label", "A1-1"],
    ["#slide0_stain", "HES"],
    ["#slide0_site", "Sein droit"],
    ["#slide0_procedure", "Biopsie"],
    ["#slide0_excuse", "Serveur en maintenance"],
    ["#clinical_context", "Nodule du sein droit."],
    ["#accession_number", "26H00123"],
    ["#birth_year", "1971"],
    ["#sex", said.sex],
    ['[name="informed"]', " "],
    ['[name="non_opposition"]', " "],
  ]);
  await told.look(submitter, "keyboard-new");
  await go(submitter, "Control+Enter", /done=done-submit/);
  const place = new URL(submitter.url()).pathname;

  const expert = await login(told, "expert.breast");
  await go(expert, "n", (url) => url.pathname === place);
  await go(expert, "w", (url) => url.pathname === `${place}/opinion`);
  await fill(expert, [["#conclusion", "Carcinome lobulaire infiltrant."]]);
  await reach(expert, '[name="concordance"]');
  await expert.keyboard.press("Space");
  check((await expert.locator('[name="concordance"]:checked').count()) === 1, "a choice is made with the space bar");
  await fill(expert, [["#microscopy", "Cellules indépendantes."], ["#password", "a long enough password"]]);
  await told.look(expert, "keyboard-opinion");
  await go(expert, "Control+Enter", /done=done-sign/);

  await submitter.goto(place);
  check((await submitter.textContent("main")).includes("Carcinome lobulaire infiltrant."), "the submitter reads the opinion");
}
