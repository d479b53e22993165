// Who signed an opinion mends it while somebody else reads the reopened case; the reader signs, and everybody sees what is what.
import { check, follow } from "./support.mjs";

export async function tell(told) {
  const reader = await told.login("expert.second");
  await reader.goto("/worklist");
  const place = await reader.getAttribute('main a[href^="/cases/"]', "href");
  const signer = await told.login("expert.breast");
  await signer.goto(place);
  const buttons = signer.locator(".actions a.button");
  const offered = await buttons.evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  const mends = ["add_addendum", "correct", "amend"].map((command) => `${place}/opinion?as=${command}`);
  check(String(offered) === String(mends), `the signer is offered what mends, and nothing else: ${offered}`);
  await signer.locator("main details summary").first().click();
  await told.look(signer, "1-signer");
  await follow(signer, 'a[href$="as=correct"]');
  check((await signer.inputValue("#conclusion")).includes("lobulaire"), "it begins from what they signed");
  await follow(signer, 'button[value="correct"]');
  check((await signer.locator("#reason-error").count()) === 1, "a correction needs its reason");
  await signer.fill("#reason", "Coquille dans la conclusion");
  await signer.fill("#conclusion", "Carcinome lobulaire infiltrant, grade 2.");
  await signer.fill("#password", "a long enough password");
  await told.look(signer, "2-correction");
  await follow(signer, 'button[value="correct"]');
  check(signer.url().includes("done-correct"), `the correction is signed: ${signer.url()}`);
  await told.look(signer, "3-corrected");

  await reader.goto(`${place}/opinion`);
  check((await reader.inputValue("#conclusion")) === "", "the reader's own opinion is their own");
  await reader.fill("#conclusion", "Carcinome mixte.");
  await reader.check('[value="minor_discordance"]');
  await reader.fill("#password", "a long enough password");
  await follow(reader, 'button[value="sign"]');
  check(reader.url().includes("done-sign"), `the reader signs: ${reader.url()}`);
  const cards = reader.locator("section.card:has(> .head)");
  check((await cards.count()) === 3, "three versions");
  check((await cards.nth(0).textContent()).includes("Carcinome mixte."), "what answers the case now stands first");
  check((await cards.nth(1).textContent()).includes("grade 2"), "what mends stands with the opinion it mends");
  await told.look(reader, "4-signed");
}
