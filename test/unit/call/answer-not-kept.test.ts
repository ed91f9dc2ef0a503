import { expect, it } from "vitest";
import { converse } from "#call/conversation.ts";
import { outcomeOf } from "#call/outcome.ts";
import { AppError } from "#lib/errors.ts";
import { RememberingLog } from "#walk/remembering-log.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { readFlow } from "../../support/shipped-flows.ts";

/** Whose third step can be written nowhere. */
class FullLog extends RememberingLog {
  override keep = async (step: (typeof this.steps)[number]): Promise<void> => {
    if (this.steps.length === 2) throw new AppError("answer_not_kept", "An answer could be written nowhere.");
    this.steps.push(structuredClone(step));
  };
}

it("an answer that can be kept nowhere is not acknowledged: an apology, and the call counts as it stood", async () => {
  const line = new ScriptedLine([{ hearOut: true }, { press: "1" }, { hearOut: true }, { press: "3" }]);
  const log = new FullLog();
  const talked = await converse({
    ...{ flow: readFlow("fft"), line, log, clock: line, timeZone: "Europe/London" },
    context: {
      ...{ callId: "00000000-0000-4000-8000-000000000001", reason: "first", spokenName: "trust-northfield" },
      ...{ ringBackNumber: "+441632960000", storyLimitSeconds: 20, language: "en-GB" },
    },
    hashPhone: (e164) => e164,
    callbackTimes: async () => ({ kind: "callback-times", sameDay: true, times: [] }),
  });
  expect(line.heard.at(-1)).toBe("apology");
  expect(line.hungUpByUs).toBe(true);
  expect(talked.end).toEqual({ kind: "lost" });
  expect(talked.state).toEqual(log.steps.at(-1)!.state);
  expect(outcomeOf(talked.state, talked.end)).toBe("interrupted");
});
