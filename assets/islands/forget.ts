// What was fetched ahead goes when its person logs out, and when a case is theirs to read no more.
import { forget, forgetAll } from "../ahead/store";

export function forgetting(root: Document): void {
  const out = root.querySelector('form[action="/logout"]');
  out?.addEventListener("submit", () => void forgetAll());
  // The way out may have been cut short.
  if (!out && location.pathname === "/login") void forgetAll();
  const over = root.querySelector<HTMLElement>("[data-forget]")?.dataset.forget;
  if (over) void forget(over);
}
