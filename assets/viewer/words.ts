// What the viewer says: the page brings the sentences in its language, with names in braces where something is put in.

export type Words = Record<string, string>;

export function said(sentence: string | undefined, values: Record<string, string> = {}): string {
  return (sentence ?? "").replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
