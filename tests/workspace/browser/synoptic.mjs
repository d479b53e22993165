// A template of the subspecialty is offered, its elements are fields, what is wrong is told beside each, nothing typed is lost, and
// what was answered is read by the submitter and printed.
import { check, follow } from "./support.mjs";

const field = (name) => `[name="synoptic.${name}"]`;
const comma = (way, number) => (way.language === "fr" ? number.replace(".", ",") : number);

export async function tell(told, way) {
  const expert = await told.login("expert.breast");
  await expert.goto("/worklist");
  const place = new URL(await expert.locator("a[data-row]").first().getAttribute("href"), way.base).pathname;
  await expert.goto(`${place}/opinion`);
  check((await expert.inputValue("#synoptic_chosen")) === "breast_invasive/1", "the subspecialty's own is offered");
  check((await expert.locator(field("grade")).count()) === 0, "and asked for by nobody");
  await expert.fill("#conclusion", "Carcinome lobulaire infiltrant.");
  await expert.check('[value="minor_discordance"]');
  await follow(expert, 'button[value="choose_template"]');
  check((await expert.inputValue("#conclusion")) !== "", "what was typed stays");
  await told.look(expert, "1-template");

  await expert.selectOption(field("specimen"), "core_biopsy");
  await expert.selectOption(field("side"), "right");
  await expert.selectOption(field("histological_type"), "lobular");
  await expert.selectOption(field("lymphovascular_invasion"), "absent");
  await expert.fill(field("tumour_size"), "environ 12");
  await expert.fill("#password", "a long enough password");
  await follow(expert, 'button[value="sign"]');
  await told.look(expert, "2-missing");
  check((await expert.locator("#synoptic .error").count()) === 2, "one is missing, one is no number");
  check((await expert.inputValue(field("tumour_size"))) === "environ 12", "it is kept as it was typed");

  await expert.selectOption(field("grade"), "2");
  await expert.fill(field("tumour_size"), comma(way, "12.5"));
  await follow(expert, 'button[value="save_opinion"]');
  await expert.goto(`${place}/opinion`);
  check((await expert.inputValue(field("tumour_size"))) === comma(way, "12.5"), "the draft has it");
  // Enter in the password's field signs, and chooses no template.
  await expert.fill("#password", "a long enough password");
  await Promise.all([expert.waitForEvent("domcontentloaded"), expert.press("#password", "Enter")]);
  check(expert.url().includes("done-sign"), `it is signed: ${expert.url()}`);
  await told.look(expert, "3-signed");

  const submitter = await told.login("submitter.cayenne");
  await submitter.goto(place);
  check((await submitter.textContent("main")).includes(comma(way, "12.5")), "the submitter reads it");
  const report = await submitter.request.get(await submitter.getAttribute('a[href$="/report"]', "href"));
  check(report.headers()["content-type"] === "application/pdf", "and takes the report home");

  // Whoever has the report verifies it; a browser without script sends the file as well.
  const reader = await told.stranger();
  await reader.goto("/verify");
  await reader.setInputFiles("#document", { name: "avis.pdf", mimeType: "application/pdf", buffer: await report.body() });
  await follow(reader, "main button.first");
  check((await reader.locator("#verdict.good").count()) === 1, "it holds, with its pages");
  await told.look(reader, "4-verified");
}
