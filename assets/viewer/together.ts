// Two slides that move as one: by micrometres and not by shares of the picture, as they lay when they were tied together.
import type { Look, Sight } from "./sight";

type Tied = { lead: Look; follow: Look };

export class Together {
  private tied: Tied | undefined;
  private leader: Sight;

  constructor(private readonly sights: [Sight, Sight]) {
    this.leader = sights[0];
    for (const sight of sights) {
      for (const event of ["pointerdown", "wheel", "keydown", "focusin"] as const) {
        sight.section.addEventListener(event, () => this.lead(sight), { capture: true, passive: true });
      }
      sight.onMove(() => this.follow(sight));
    }
  }

  get on(): boolean {
    return this.tied !== undefined;
  }

  tie(on: boolean): void {
    this.tied = on ? this.measured() : undefined;
  }

  /** The one that the person moves leads from where both are now. */
  lead(sight: Sight): void {
    if (sight === this.leader) return;
    this.leader = sight;
    if (this.tied) this.tied = this.measured();
  }

  private get follower(): Sight {
    const [one, other] = this.sights;
    return this.leader === one ? other : one;
  }

  private measured(): Tied {
    return { lead: this.leader.look, follow: this.follower.look };
  }

  private follow(moved: Sight): void {
    if (!this.tied || moved !== this.leader) return;
    const { lead, follow } = this.tied;
    const [now, follower] = [this.leader.look, this.follower];
    const [mine, theirs] = [this.leader.micrometres, follower.micrometres];
    // Where both are known, the same micrometres to the pixel; otherwise as many times more or less as they were.
    const ratio = mine && theirs ? theirs.x / mine.x : follow.pixels / lead.pixels;
    const turn = ((lead.degrees - follow.degrees) * Math.PI) / 180;
    const [x, y] = [(now.x - lead.x) / ratio, (now.y - lead.y) / ratio];
    follower.show(
      {
        x: follow.x + x * Math.cos(turn) - y * Math.sin(turn),
        y: follow.y + x * Math.sin(turn) + y * Math.cos(turn),
        pixels: now.pixels * ratio,
        degrees: follow.degrees + now.degrees - lead.degrees,
      },
      true,
    );
  }
}
