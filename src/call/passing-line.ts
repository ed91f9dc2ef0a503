import type { Audio, JoinOrder, Line, LineEvent, RecordOptions } from "./line.ts";

/** A line that hands everything on to another: whoever watches or shapes a line overrides what they do it by. */
export class PassingLine implements Line {
  protected readonly line: Line;

  constructor(line: Line) {
    this.line = line;
  }

  get channelId(): string {
    return this.line.channelId;
  }

  next(untilMs: number): Promise<LineEvent | null> {
    return this.line.next(untilMs);
  }

  play(id: string, audio: Audio[]): void {
    this.line.play(id, audio);
  }

  stopPlaying(id: string): void {
    this.line.stopPlaying(id);
  }

  startRecording(name: string, options: RecordOptions): void {
    this.line.startRecording(name, options);
  }

  stopRecording(name: string): void {
    this.line.stopRecording(name);
  }

  takeUpRecording(name: string, options: RecordOptions): Promise<"running" | "ended" | "none"> {
    return this.line.takeUpRecording(name, options);
  }

  join(order: JoinOrder): void {
    this.line.join(order);
  }

  part(): void {
    this.line.part();
  }

  inSight(): Promise<boolean> {
    return this.line.inSight();
  }

  takeUpJoin(): Promise<boolean> {
    return this.line.takeUpJoin();
  }

  hangUp(): void {
    this.line.hangUp();
  }
}
