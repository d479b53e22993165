// A submitter looks for slides by the number on the request, sees what they look like, and takes them into the case; the number stands in
// no address.
import { check, follow } from "./support.mjs";

export async function tell(told, way) {
  const submitter = await told.login("submitter.cayenne");
  await submitter.goto("/cases/new");
  await submitter.fill("#question", "Carcinome lobulaire ?");
  await submitter.fill("#find", "26H00999");
  await follow(submitter, 'button[value="find"]');
  check((await submitter.locator("#found img").count()) === 0, "another number finds nothing");
  check(/Aucune lame|No slide/.test(await submitter.textContent("#found")), "and that is said");
  check((await submitter.inputValue("#question")) === "Carcinome lobulaire ?", "what was typed is kept");
  await told.look(submitter, "found-nothing");
  await submitter.fill("#find", "26H00777");
  await follow(submitter, 'button[value="find"]');
  check(!submitter.url().includes("26H"), "the number stands in no address");
  const pictures = submitter.locator("#found img");
  check((await pictures.count()) === 1, "the slide is found");
  await pictures.first().scrollIntoViewIfNeeded();
  if (way.script) {
    await submitter.waitForFunction(() => document.querySelector("#found img").naturalWidth > 0);
  }
  await told.look(submitter, "found");
  const picture = await pictures.first().getAttribute("src");
  await submitter.check('[name="found0_link"]');
  await follow(submitter, 'button[value="take"]');
  check((await submitter.inputValue("#slide0_link")).includes("/series/"), "the slide is a row of the case");
  check((await submitter.inputValue("#question")) === "Carcinome lobulaire ?", "beside what was typed");
  await submitter.fill("#slide0_stain", "HES");
  await follow(submitter, 'button[value="check"]');
  check((await submitter.locator("#slides .mark.done").count()) === 1, "and can be read");
  await told.look(submitter, "found-taken");
  await submitter.fill("#find", "26H00777");
  await follow(submitter, 'button[value="find"]');
  check((await submitter.locator("#found img").count()) === 0, "it is not offered a second time");
  const other = await told.login("submitter.martinique");
  check((await other.context().request.get(picture)).status() === 404, "nobody else is shown its picture");
}
