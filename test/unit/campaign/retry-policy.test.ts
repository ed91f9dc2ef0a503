import { describe, expect, it } from "vitest";
import { type Disposition, dispositions } from "#call/disposition.ts";
import { afterAttempt, defaultRetryPolicy, type EndedAttempt } from "#campaign/retry-policy.ts";

const endedAt = new Date("2026-11-23T10:00:00Z");
const promised = new Date("2026-11-23T15:00:00Z");

type Reason = EndedAttempt["attempt"]["reason"];

function ending(
  disposition: Disposition,
  changes: Partial<EndedAttempt["attempt"]> & { rang?: boolean; max?: number } = {},
) {
  const { rang = true, max = 3, ...attempt } = changes;
  const { counts, follows, promise } = afterAttempt({
    policy: { ...defaultRetryPolicy, maxAttempts: max },
    callbacks: { tryAgainAfterMinutes: 15 },
    attempt: { reason: "first", counted: 0, uncountedInARow: 0, again: false, ...attempt },
    disposition,
    rang,
    endedAt,
    promised: disposition === "callback" ? promised : null,
  });
  const when = follows.kind === "done" ? "" : ` +${(follows.at.getTime() - endedAt.getTime()) / 60_000}`;
  const again = follows.kind === "callback" && follows.again ? " again" : "";
  return `${follows.kind}${when}${again}${counts ? "" : ", not counted"}${promise ? `, promise ${promise}` : ""}`;
}

/** Each disposition: after a first try, after a retry (the third and last), after a promised call and after its repeat. */
const table: Record<Disposition, [first: string, last: string, callback: string, again: string]> = {
  pending: [
    "retry +0, not counted",
    "retry +0, not counted",
    "callback +0, not counted",
    "callback +0 again, not counted",
  ],
  completed: ["done", "done", "done, promise kept", "done, promise kept"],
  partial: ["done", "done", "done, promise kept", "done, promise kept"],
  declined: ["done", "done", "done, promise kept", "done, promise kept"],
  callback: ["callback +300", "callback +300", "callback +300, promise kept", "callback +300, promise kept"],
  opted_out: ["done", "done", "done, promise kept", "done, promise kept"],
  wrong_person: ["done", "done", "done, promise kept", "done, promise kept"],
  no_response: ["done", "done", "done, promise kept", "done, promise kept"],
  hung_up: ["done", "done", "done, promise kept", "done, promise kept"],
  no_answer: ["retry +240", "done", "callback +15 again", "done, promise broken"],
  busy: ["retry +30", "done", "callback +15 again", "done, promise broken"],
  machine: ["retry +1440", "done", "callback +15 again", "done, promise broken"],
  invalid_number: ["done", "done", "done, promise broken", "done, promise broken"],
  congestion: ["retry +15", "done", "callback +15 again", "done, promise broken"],
  interrupted: ["retry +1440", "done", "retry +1440, promise kept", "retry +1440, promise kept"],
  failed: ["done", "done", "callback +15 again", "done, promise broken"],
  suppressed: [
    "done, not counted",
    "done, not counted",
    "done, not counted, promise broken",
    "done, not counted, promise broken",
  ],
  withdrawn: ["done", "done", "done, promise kept", "done, promise kept"],
  held: ["done", "done", "done, promise kept", "done, promise kept"],
  expired: ["done", "done", "done, promise kept", "done, promise kept"],
  unknown: ["done", "done", "done, promise broken", "done, promise broken"],
};

describe("after an attempt that rang", () => {
  it.each(dispositions)("%s", (disposition) => {
    const reasons: [Reason, number, boolean][] = [
      ["first", 0, false],
      ["retry", 2, false],
      ["callback", 1, false],
      ["callback", 1, true],
    ];
    expect(
      reasons.map(([reason, counted, again]) => ending(disposition, { reason, counted, again })),
    ).toEqual(table[disposition]);
  });
});

describe("after an attempt that never rang", () => {
  it("congestion and failure do not count, and are tried again even when all attempts are used", () => {
    for (const disposition of ["congestion", "failed"] as const) {
      expect(ending(disposition, { rang: false })).toBe("retry +15, not counted");
      expect(ending(disposition, { rang: false, reason: "retry", counted: 2 })).toBe(
        "retry +15, not counted",
      );
    }
  });

  it("but not for ever", () => {
    expect(ending("congestion", { rang: false, uncountedInARow: 3 })).toBe("retry +15, not counted");
    expect(ending("congestion", { rang: false, uncountedInARow: 4 })).toBe("done, not counted");
  });

  it("busy, no answer and unknown count all the same", () => {
    expect(ending("busy", { rang: false })).toBe("retry +30");
    expect(ending("no_answer", { rang: false })).toBe("retry +240");
    expect(ending("unknown", { rang: false })).toBe("done");
  });
});

it("rings a visit at most maxAttempts times, whatever the endings", () => {
  for (const max of [1, 2, 3]) {
    let counted = 0;
    while (ending("busy", { counted, max }) !== "done") counted += 1;
    expect(counted + 1).toBe(max);
  }
});

it("keeps to a promise even when all attempts are used", () => {
  expect(ending("callback", { counted: 2 })).toBe("callback +300");
  expect(ending("no_answer", { reason: "callback", counted: 5 })).toBe("callback +15 again");
});

it("a policy without an entry does not retry", () => {
  const ended = {
    disposition: "busy",
    rang: true,
    endedAt,
    promised: null,
    callbacks: { tryAgainAfterMinutes: 15 },
  } as const;
  const attempt = { reason: "first", counted: 0, uncountedInARow: 0, again: false } as const;
  expect(afterAttempt({ ...ended, attempt, policy: { maxAttempts: 3, afterMinutes: {} } }).follows).toEqual({
    kind: "done",
  });
});

describe("what an attempt leaves behind for its number and person", () => {
  const left = (disposition: Disposition, changes: Partial<EndedAttempt> = {}) => {
    const { rang, contact, numberRestsUntil, follows } = afterAttempt({
      ...{ policy: defaultRetryPolicy, callbacks: { tryAgainAfterMinutes: 15 }, disposition, endedAt },
      ...{ rang: true, promised: disposition === "callback" ? promised : null },
      attempt: { reason: "first", counted: 0, uncountedInARow: 0, again: false },
      ...changes,
    });
    const rests = numberRestsUntil && (numberRestsUntil.getTime() - endedAt.getTime()) / 3_600_000;
    return [rang ? "rang" : "", contact ? "contact" : "", rests ? `rests ${rests} h` : "", follows.kind]
      .filter((word) => word !== "")
      .join(", ");
  };

  it.each<[Disposition, string]>([
    ["completed", "rang, contact, done"],
    ["partial", "rang, contact, done"],
    ["declined", "rang, contact, done"],
    ["callback", "rang, contact, callback"],
    ["opted_out", "rang, contact, done"],
    ["hung_up", "rang, contact, done"], // in the greeting, too: never again
    ["no_response", "rang, contact, done"],
    ["wrong_person", "rang, done"],
    ["no_answer", "rang, retry"],
    ["machine", "rang, rests 24 h, retry"],
    ["interrupted", "rang, retry"],
    ["unknown", "rang, done"],
    ["pending", "retry"],
    ["suppressed", "done"],
  ])("%s", (disposition, told) => expect(left(disposition)).toBe(told));

  it("busy leaves the number its ring of the day, unless it rang before it was refused", () => {
    expect(left("busy", { rang: false })).toBe("retry");
    expect(left("busy", { rang: true })).toBe("rang, retry");
    expect(left("invalid_number", { rang: false })).toBe("done");
    expect(left("no_answer", { rang: false })).toBe("rang, retry");
  });

  it.each<[Disposition, string]>([
    ["hung_up", "rang, rests 72 h, retry"],
    ["no_response", "rang, rests 72 h, retry"],
    ["machine", "rang, rests 72 h, retry"],
    ["interrupted", "rang, rests 72 h, retry"],
    ["completed", "rang, contact, done"], // our words came late, and they talked with us all the same
  ])("%s after silence", (disposition, told) => expect(left(disposition, { silent: true })).toBe(told));

  it("a promised call that was silent is a promise broken, and waits its 72 hours", () => {
    const attempt = { reason: "callback", counted: 1, uncountedInARow: 0, again: false } as const;
    expect(left("machine", { silent: true, attempt })).toBe("rang, rests 72 h, retry");
    const whole = {
      policy: defaultRetryPolicy,
      callbacks: { tryAgainAfterMinutes: 15 },
      endedAt,
      promised: null,
    };
    expect(
      afterAttempt({ ...whole, disposition: "hung_up", rang: true, silent: true, attempt }),
    ).toMatchObject({
      promise: "broken",
      silent: true,
      follows: { kind: "retry", at: new Date("2026-11-26T10:00:00Z") },
    });
  });
});
