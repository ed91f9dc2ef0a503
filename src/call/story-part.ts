import type { Command } from "#flow/state.ts";

/** What has been heard in the part being recorded. Times: clock.monotonicMs. */
export class StoryPart {
  readonly command: Command & { kind: "record" };
  startedAt: number;
  endedAt: number | null = null;
  spoke = false;
  talkingSince: number | null = null;
  quietFrom: number;
  #speechMs = 0;

  constructor(command: Command & { kind: "record" }, now: number) {
    this.command = command;
    this.startedAt = now;
    this.quietFrom = now;
  }

  /** Asterisk has begun; until then it was only asked to. */
  begin(now: number): void {
    this.startedAt = now;
    if (this.quietFrom < now) this.quietFrom = now;
    if (this.talkingSince !== null) this.talkingSince = now;
  }

  get limitAt(): number {
    return this.startedAt + this.command.limitMs;
  }

  get silentAt(): number {
    return this.talkingSince === null ? this.quietFrom + this.command.silenceMs : Number.POSITIVE_INFINITY;
  }

  heard(now: number): void {
    this.spoke = true;
    this.talkingSince ??= Math.max(now, this.startedAt);
  }

  quiet(now: number): void {
    if (this.talkingSince !== null) this.#speechMs += now - this.talkingSince;
    this.talkingSince = null;
    this.quietFrom = now;
  }

  speechMs(now: number): number {
    return this.#speechMs + (this.talkingSince === null ? 0 : (this.endedAt ?? now) - this.talkingSince);
  }
}
