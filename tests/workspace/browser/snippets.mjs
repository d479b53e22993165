// An expert keeps sentences and writes an opinion with them: by a key and a blank, by choosing, and without script by a button.
import { check, follow } from "./support.mjs";

const SAVE = 'form[action="/me/snippets"] button';

export async function tell(told, way) {
  const expert = await told.login("expert.breast");
  await expert.goto("/worklist");
  const place = new URL(await expert.locator("a[data-row]").first().getAttribute("href"), way.base).pathname;
  await expert.goto(`${place}/opinion`);
  check((await expert.locator("#snippet").count()) === 0, "who keeps none is not offered any");

  await expert.goto("/me");
  await follow(expert, 'a[href="/me/snippets"]');
  await told.look(expert, "empty");
  await expert.fill("#key_0", "deux mots");
  await expert.fill("#text_0", "Carcinome lobulaire infiltrant.");
  await follow(expert, SAVE);
  check((await expert.getAttribute("#key_0", "aria-invalid")) === "true", "a key is one word");
  check((await expert.inputValue("#text_0")) === "Carcinome lobulaire infiltrant.", "what was typed is kept");
  await told.look(expert, "wrong");
  await expert.fill("#key_0", "CLI");
  await expert.fill("#key_1", "b2");
  await expert.fill("#text_1", "Lésion <b>bénigne</b>.");
  await follow(expert, SAVE);
  check(expert.url().includes("done-snippets"), "the sentences are kept");
  check((await expert.inputValue("#key_0")) === "cli", "a key is in small letters");
  await told.look(expert, "kept");

  await expert.goto(`${place}/opinion`);
  if (way.script) {
    await expert.click("#conclusion");
    await expert.keyboard.type("Avis : ;cli ");
    check((await expert.inputValue("#conclusion")) === "Avis : Carcinome lobulaire infiltrant. ", await expert.inputValue("#conclusion"));
    await expert.keyboard.type(";xyz et a;cli ");
    check((await expert.inputValue("#conclusion")).endsWith(";xyz et a;cli "), "what is no key stays");
    await expert.click("#microscopy");
    await expert.selectOption("#snippet", "b2");
    await expert.click('button[value="insert_snippet"]');
    check((await expert.inputValue("#microscopy")) === "Lésion <b>bénigne</b>.", "the chosen one stands where the cursor was");
  } else {
    await expert.fill("#conclusion", "Avis : ");
    await expert.selectOption("#snippet", "cli");
    await follow(expert, 'button[value="insert_snippet"]');
    check((await expert.inputValue("#conclusion")) === "Avis : Carcinome lobulaire infiltrant.", await expert.inputValue("#conclusion"));
    await expert.selectOption("#snippet", "b2");
    await expert.selectOption("#into", "microscopy");
    await follow(expert, 'button[value="insert_snippet"]');
    check((await expert.inputValue("#microscopy")) === "Lésion <b>bénigne</b>.", "behind what stands in the section that was chosen");
    check((await expert.inputValue("#conclusion")).startsWith("Avis : "), "what was typed stays");
  }
  await told.look(expert, "used");
}
