// An administrator keeps a network, a laboratory and an agreement: what is wrong stands beside its field, what was typed is kept, and
// what somebody else has changed meanwhile is told.
import { check, follow } from "./support.mjs";

const SAVE = "main form[method=post] .actions button";

export async function tell(told, way) {
  const administrator = await told.login("administrator");
  await follow(administrator, 'main a[href="/administration/networks"]');
  check((await administrator.locator("tbody tr").count()) === 2, "the networks are listed");
  await told.look(administrator, "networks");
  await follow(administrator, "tbody tr:first-child a");
  check(await administrator.isChecked('[name="territories_FR-GF"]'), "what it covers is ticked");
  const other = await administrator.context().newPage();
  await other.goto(new URL(administrator.url()).pathname);
  const french = way.language === "fr";
  await administrator.fill("#mon", "matin");
  await administrator.fill("#tue", "8h-12h, 11h-14h");
  await administrator.fill("#on_call_sat", "20h-8h");
  await administrator.fill("#closures", "Noël");
  await follow(administrator, SAVE);
  check((await administrator.getAttribute("#mon", "aria-invalid")) === "true", "hours are read as they are written");
  check((await administrator.getAttribute("#closures", "aria-invalid")) === "true", "closed days are days");
  check((await administrator.inputValue("#closures")).trim() === "Noël", "what was typed is kept");
  for (const [day, said] of [["tue", french ? "se chevauchent" : "overlap"], ["on_call_sat", french ? "passe minuit" : "past midnight"]]) {
    check((await administrator.textContent(`#${day}-error`)).includes(said), `what is wrong with ${day} is said beside it`);
  }
  check((await administrator.inputValue("#on_call_sat")) === "20h-8h", "hours are kept as typed");
  await told.look(administrator, "network-wrong");
  await administrator.fill("#mon", "8h-12h");
  await administrator.fill("#tue", "8h-12h");
  await administrator.fill("#on_call_sat", "");
  await administrator.fill("#closures", "2026-12-24\n2026-12-28 2027-01-02");
  await follow(administrator, SAVE);
  check(administrator.url().includes("done-network"), `the network is saved: ${administrator.url()}`);
  check((await administrator.inputValue("#mon")) === "08:00–12:00", "the hours are kept");
  await other.fill("#name", "GCS des Antilles");
  await follow(other, SAVE);
  check((await other.locator("[role=alert]").count()) === 1, "a change from another window is told");
  check((await other.inputValue("#name")) === "GCS des Antilles", "nothing typed is lost");
  await told.look(other, "network-conflict");
  await administrator.goto("/administration/networks/new");
  await follow(administrator, SAVE);
  check((await administrator.locator("[aria-invalid=true]").count()) >= 2, "a network needs its name and its territory");
  await told.look(administrator, "network-new");

  await administrator.goto("/administration/laboratories");
  await told.look(administrator, "laboratories");
  await administrator.goto("/administration/laboratories/new");
  await administrator.fill("#name", "CH de Saint-Laurent");
  await administrator.fill("#commune", "Saint-Laurent-du-Maroni");
  await administrator.selectOption("#territory", "FR-GF");
  await administrator.selectOption("#network", { label: "GCS Antilles-Guyane" });
  await administrator.fill("#finess", "970 300 027");
  await follow(administrator, SAVE);
  check((await administrator.getAttribute("#finess", "aria-invalid")) === "true", "a FINESS number has its check digit");
  await told.look(administrator, "laboratory-wrong");
  await administrator.fill("#finess", "970 300 026");
  await follow(administrator, SAVE);
  check(administrator.url().includes("done-laboratory"), `the laboratory is added: ${administrator.url()}`);

  await administrator.goto("/administration/agreements");
  check((await administrator.locator("tbody tr").count()) === 1, "the agreements are listed");
  await told.look(administrator, "agreements");
  await administrator.goto("/administration/agreements/new");
  await administrator.selectOption("#from_network", { label: "GCS Antilles-Guyane" });
  await administrator.selectOption("#to_network", { label: "GCS Pacifique" });
  await administrator.check('[name="urgencies_urgent"]');
  await follow(administrator, SAVE);
  check((await administrator.getAttribute("#valid_from", "aria-invalid")) === "true", "an agreement has its first day");
  check(await administrator.isChecked('[name="urgencies_urgent"]'), "what was ticked is kept");
  await administrator.fill("#valid_from", "2026-12-01");
  await follow(administrator, SAVE);
  check(administrator.url().includes("done-agreement"), `the agreement is added: ${administrator.url()}`);
  await told.look(administrator, "agreement");
}
