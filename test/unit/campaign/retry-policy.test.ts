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
