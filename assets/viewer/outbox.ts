// What was drawn is sent until the server has it: a shape that meets a lost connection is kept in the tab and sent again.

/** After so long it is tried again, milliseconds; at once when the browser says that the line is back. */
const AGAIN = 20_000;

export type Drawn = { kind: string; points: string; label: string; once: string };

export class Outbox {
  waiting: Drawn[];
  private sending = false;
  private again: number | undefined;
  private readonly key: string;

  /** `whose` names the person and the slide: nobody sends what another drew in this tab. `send` is told of one at a time: true when the server answered, whatever it said. */
  constructor(whose: string, private readonly send: (drawn: Drawn) => Promise<boolean>, private readonly lost: () => void) {
    this.key = `relecture.drawn.${whose}`;
    this.waiting = JSON.parse(sessionStorage.getItem(this.key) ?? "[]") as Drawn[];
    addEventListener("online", () => void this.flush());
    void this.flush();
  }

  add(drawn: Drawn): void {
    this.waiting.push(drawn);
    this.save();
    void this.flush();
  }

  private save(): void {
    sessionStorage.setItem(this.key, JSON.stringify(this.waiting));
  }

  private async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      if (!(await this.send(next))) {
        this.lost();
        clearTimeout(this.again);
        this.again = setTimeout(() => void this.flush(), AGAIN);
        break;
      }
      this.waiting.shift();
      this.save();
    }
    this.sending = false;
  }
}
