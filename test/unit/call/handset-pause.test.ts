/** The pause for the handset's way to the ear counts from the key: keeping it lies within, and costs the caller nothing. */
import { expect, it } from "vitest";
import { converse } from "#call/conversation.ts";
import { RememberingLog } from "#walk/remembering-log.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { readFlow } from "../../support/shipped-flows.ts";

const flow = readFlow("fft");

/** On which time passes while something else is waited for, and nothing happens meanwhile. */
class PassingLine extends ScriptedLine {
  passedMs = 0;

  constructor(...given: ConstructorParameters<typeof ScriptedLine>) {
    super(...given);
    const scripted = this.monotonicMs;
    this.monotonicMs = () => scripted() + this.passedMs;
  }

  override next(untilMs: number) {
    return super.next(untilMs - this.passedMs);
  }
}

/** When the first word after key 1 began, where it takes so long to keep a key. Milliseconds of the call. */
async function firstWordAt(keepingMs: number): Promise<number> {
  const began: number[] = [];
  let wordsBefore = 0;
  const line: PassingLine = new PassingLine(
    [{ hearOut: true }, { press: "1" }, { hear: "welcome" }, { hangUp: true }],
    { onHeard: () => began.push(line.monotonicMs()) },
  );
  class SlowLog extends RememberingLog {
    override keep = async (): Promise<void> => {
      wordsBefore ||= began.length;
      line.passedMs += keepingMs;
    };
  }
  await converse({
    ...{ flow, line, log: new SlowLog(), clock: line, timeZone: "Europe/London" },
    context: {
      ...{ callId: "00000000-0000-4000-8000-000000000001", reason: "first", spokenName: "trust-northfield" },
      ...{ ringBackNumber: "+441632960000", storyLimitSeconds: 20, language: "en-GB" },
    },
    hashPhone: (e164) => e164,
    callbackTimes: async () => ({ kind: "callback-times", sameDay: true, times: [] }),
  });
  expect(began.length).toBeGreaterThan(wordsBefore);
  return began[wordsBefore]!;
}

it("is no longer where keeping the key takes a part of it", async () => {
  const atOnce = await firstWordAt(0);
  expect(await firstWordAt(flow.timing.handsetPauseMs - 50)).toBe(atOnce);
});

it("is over where keeping the key takes longer", async () => {
  const atOnce = await firstWordAt(0);
  const { handsetPauseMs } = flow.timing;
  expect(await firstWordAt(handsetPauseMs + 400)).toBe(atOnce + 400);
});
