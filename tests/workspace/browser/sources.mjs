// An administrator registers a slide source, is told beside its field what is wrong, keeps it with credentials that are never shown
// again, and tests it: it does not answer, and leads to an address that it may not lead to.
import { check, follow } from "./support.mjs";

const part = (name) => `form:has(input[name="_part"][value="${name}"]) .actions button`;

export async function tell(told) {
  const administrator = await told.login("administrator");
  await follow(administrator, 'main a[href="/administration/slide-sources"]');
  check((await administrator.locator("tbody tr").count()) === 1, "the sources are listed");
  await told.look(administrator, "sources");
  await follow(administrator, 'a[href="/administration/slide-sources/new"]');
  await administrator.fill("#name", "Lames <script>alert(1)</script>");
  await administrator.fill("#base_url", "http://127.0.0.1:1/iiif");
  await administrator.selectOption("#scheme", "basic");
  await administrator.fill("#_password", "hunter2 hunter2");
  await follow(administrator, part("source"));
  check((await administrator.getAttribute("#kind", "aria-invalid")) === "true", "a protocol is due");
  await administrator.selectOption("#kind", "iiif");
  await administrator.selectOption("#laboratory", { label: "Centre hospitalier de Cayenne" });
  await follow(administrator, part("source"));
  check((await administrator.getAttribute("#base_url", "aria-invalid")) === "true", "http is for internal sources");
  check((await administrator.getAttribute("#user", "aria-invalid")) === "true", "a user is due");
  check((await administrator.inputValue("#_password")) === "", "a secret is in no page");
  check((await administrator.inputValue("#base_url")) === "http://127.0.0.1:1/iiif", "what was typed is kept");
  await told.look(administrator, "source-new-wrong");
  await administrator.fill("#base_url", "https://127.0.0.1:1/iiif");
  await administrator.fill("#user", "relecture");
  await administrator.fill("#_password", "hunter2 hunter2");
  await follow(administrator, part("source"));
  check(administrator.url().includes("done-source"), `the source is registered: ${administrator.url()}`);
  check(!(await administrator.content()).includes("hunter2"), "and its credentials are not shown");
  await follow(administrator, part("test"));
  check((await administrator.locator("#found.bad").count()) === 1, "an address within is refused");
  check((await administrator.locator("#found p").count()) === 2, "and told why");
  await told.look(administrator, "source-refused");

  const here = new URL(administrator.url()).pathname.replace(/\/test$/, "");
  await administrator.goto(here);
  const other = await administrator.context().newPage();
  await other.goto(here);
  await administrator.check('[name="internal"]');
  await follow(administrator, part("source"));
  check(administrator.url().includes("done-source"), "the source is internal now");
  await other.fill("#name", "Lames de Cayenne");
  await follow(other, part("source"));
  check((await other.locator("[role=alert]").count()) === 1, "a change from another window is told");
  check((await other.inputValue("#name")) === "Lames de Cayenne", "nothing typed is lost");
  await told.look(other, "source-conflict");
  await administrator.fill("#slide", "https://elsewhere.example.org/x");
  await follow(administrator, part("test"));
  check((await administrator.getAttribute("#slide", "aria-invalid")) === "true", "a slide stands on its source");
  await administrator.fill("#slide", "");
  await follow(administrator, part("test"));
  check((await administrator.locator("#found.bad").count()) === 1, "nobody answers there");
  await told.look(administrator, "source-silent");
}
