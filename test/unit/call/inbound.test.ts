import { describe, expect, it } from "vitest";
import { paperBook } from "#call/audio.ts";
import { createInbound, type InboundParts } from "#call/inbound.ts";
import type { InboundBook, IncomingCall, NewInboundCall } from "#call/incoming.ts";
import type { CallVoice, CallVoices } from "#call/voices.ts";
import { alwaysOpen } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import type { AttemptEnding, ClaimedAttempt } from "#campaign/ports.ts";
import { silentLogger } from "#lib/logger.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { RememberingLog } from "#walk/remembering-log.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { readFlow } from "../../support/shipped-flows.ts";
import { settings } from "../../support/survey.ts";

/** Of the folders, as calls have it before there is any release. */
const voice: CallVoice = {
  release: null,
  flows: new Map([
    ["ring-back", readFlow("ring-back")],
    ["fft", readFlow("fft")],
  ]),
  prompts: { language: "en-GB", ids: new Set(["trust-northfield"]) },
  book: paperBook,
};
const voices: CallVoices = { live: voice, of: async () => voice, ofNewCall: async () => voice };
const campaign = {
  ...{ id: "c1", name: "campaign", trust: "RXX", unit: "all", status: "running", rehearsal: true },
  settings: { ...settings, spokenName: "trust-northfield", storyLimitSeconds: 20 },
} satisfies Campaign;
const known = "07700 900123";

class Caller implements IncomingCall {
  readonly channelId = "1700000000.1";
  readonly node = "asterisk";
  readonly line: ScriptedLine;
  readonly from: string;
  readonly to = "+441632960000";
  readonly done: string[] = [];
  readonly over = Promise.withResolvers<void>();
  constructor(from: string, acts: CallerAct[] = []) {
    this.from = from;
    this.line = new ScriptedLine(acts);
  }
  answer() {
    this.done.push("answered");
    return this.line;
  }
  engaged() {
    this.done.push("engaged");
  }
  apologise() {
    this.done.push("apologised");
  }
}

const attempt: ClaimedAttempt = {
  ...{ id: "a1", visitId: "v1", campaignId: "c1", number: 2, reason: "ring_back", again: false },
  ...{ counted: 1, uncountedInARow: 0, language: null },
};

function house(different: Partial<InboundBook> = {}, parts: Partial<InboundParts> = {}) {
  const begun: NewInboundCall[] = [];
  const endings: { attempt: ClaimedAttempt; ending: AttemptEnding }[] = [];
  const ends: string[] = [];
  const log = new RememberingLog();
  const book: InboundBook = {
    lineOf: async () => campaign,
    lotOf: async (phone) => phone,
    begin: async (call) => {
      begun.push(call);
      return 0;
    },
    carryOn: async () => null,
    endAbandoned: async () => [],
    ...different,
  };
  const open = (clock: ScriptedLine) =>
    createInbound({
      ...{ book, greetingFlow: "ring-back", voices, clock, logger: silentLogger, maxCalls: 1 },
      callbackTimes: async () => ({ kind: "callback-times", sameDay: true, times: [] }),
      allowNumbers: new Set<string>(),
      fieldsOf: async () => ({}),
      hashPhone: (e164) => `hash of ${e164}`,
      endAttempt: async (attempt, ending) => void endings.push({ attempt, ending }),
      giveUp: new AbortController().signal,
      log: Object.assign(log, {
        end: async ({ disposition }: { disposition: string }) => void ends.push(disposition),
      }),
      ...parts,
    });
  /** Runs one call to its end, on its own clock. */
  const call = async (caller: Caller) => {
    const inbound = open(caller.line);
    inbound.take(caller);
    while (inbound.live > 0) await new Promise((resolve) => setImmediate(resolve));
    return inbound;
  };
  return { begun, ends, endings, log, open, call };
}

describe("a call to us", () => {
  it("is one of the number shown, read in any spelling, and kept as its hash only", async () => {
    const at = house();
    await at.call(new Caller(known, [{ hear: "ring-back-keys" }, { press: "9" }]));
    expect(at.begun[0]).toMatchObject({ phone: "hash of +447700900123", flow: "ring-back", campaign });
    expect(JSON.stringify([at.begun, at.log.steps]).replaceAll("hash of +447700900123", "")).not.toContain(
      "900123",
    );
    expect(at.ends).toEqual(["opted_out"]);
  });

  it.each(["", "anonymous", "+33612345678", "999", "sip:x@y\r\nz"])(
    "from %j is one of a withheld number: to opt out, it is keyed",
    async (from) => {
      const at = house();
      const caller = new Caller(from, [{ hear: "ring-back-keys" }, { press: "9" }]);
      await at.call(caller);
      expect(at.begun[0]?.phone).toBeNull();
      expect(caller.line.heard).toContain("ring-back-key-number");
    },
  );

  it("of a campaign whose name cannot be spoken names no trust in particular", async () => {
    const at = house({
      lineOf: async () => ({ ...campaign, settings: { ...campaign.settings, spokenName: "gone" } }),
    });
    const caller = new Caller(known, [{ hear: "ring-back-what" }, { hangUp: true }]);
    await at.call(caller);
    expect(caller.line.heard).toContain("trust-your-hospital");
  });

  it("the eleventh within the hour hears the greeting and no more", async () => {
    for (const [before, keys] of [
      [9, true],
      [10, false],
    ] as const) {
      const caller = new Caller(known, []);
      await house({ begin: async () => before }).call(caller);
      expect(caller.line.heard.includes("ring-back-keys")).toBe(keys);
      expect(caller.line.heard).toContain("ring-back-what");
    }
  });

  it("goes on in the visit that waits, and ends its attempt with what was said", async () => {
    const at = house({
      carryOn: async (_, goOn) => {
        expect(
          await goOn({ campaign, has: { rating: null, story: false }, release: null, language: "cy-GB" }),
        ).toMatchObject({
          flow: "fft",
          state: { step: "welcome", confirmed: true, language: "cy-GB" },
        });
        return attempt;
      },
    });
    const toQuestion = [
      { hear: "ring-back-keys" },
      { press: "1" },
      { hear: "ring-back-who-keys" },
      { press: "1" },
    ];
    await at.call(
      new Caller(known, [
        ...toQuestion,
        { hear: "for-good" },
        { press: "2" },
        { hear: "you-said" },
        { hangUp: true },
      ]),
    );
    expect(at.ends).toEqual(["partial"]);
    expect(at.endings).toMatchObject([
      { attempt, ending: { disposition: "partial", counts: false, rang: false } },
    ]);
  });

  it("is put through to those of the campaign whose visit goes on, not of the one whose number was rung", async () => {
    const deskAt = (number: string) => ({
      transfers: { desk: { number, talkMinutes: 5 } },
      callingHours: alwaysOpen,
    });
    const theirs = {
      ...{ ...campaign, id: "c2", name: "theirs" },
      settings: { ...campaign.settings, ...deskAt("+441632960222"), flow: "to-desk" },
    };
    const greets = { ...campaign, settings: { ...campaign.settings, ...deskAt("+441632960111") } };
    const fft = readFlow("fft");
    const toDesk = {
      ...{ ...fft, flow: "to-desk" },
      steps: {
        ...fft.steps,
        welcome: {
          ...{ kind: "transfer", to: "desk", say: [], answered: "goodbye", failed: "goodbye" },
          ...{ noAnswer: "goodbye", closed: "goodbye" },
        },
      },
    } as unknown as typeof fft;
    const flows = new Map([...voice.flows, ["to-desk", toDesk]]);
    const own = { ...voice, flows };
    const at = house(
      {
        lineOf: async () => greets,
        carryOn: async (_, goOn) => {
          const has = { rating: null, story: false };
          await goOn({ campaign: theirs, has, release: null, language: null });
          return attempt;
        },
      },
      { voices: { live: own, of: async () => own, ofNewCall: async () => own } },
    );
    const caller = new Caller(known, [
      ...[{ hear: "ring-back-keys" }, { press: "1" }, { hear: "ring-back-who-keys" }, { press: "1" }],
    ]);
    await at.call(caller);
    expect(caller.line.joins.map(({ phone }) => phone)).toEqual(["+441632960222"]);
  });

  it("hears an apology where the database is away, or nobody has rung anybody yet", async () => {
    const away = async () => {
      throw new Error("away");
    };
    for (const different of [{ lineOf: away }, { begin: away }, { lineOf: async () => null }]) {
      const caller = new Caller(known);
      await house(different).call(caller);
      expect(caller.done.at(-1)).toBe("apologised");
      expect(caller.line.heard).toEqual([]);
    }
  });

  it("beyond the limit, or while we stop, hears the engaged tone", async () => {
    const line = Promise.withResolvers<Campaign>();
    const [first, second, third] = [new Caller(known), new Caller(known), new Caller(known)];
    const inbound = house({ lineOf: () => line.promise }).open(first.line);
    inbound.take(first);
    inbound.take(second);
    expect(second.done).toEqual(["engaged"]);
    // The scripted clock waits for nobody.
    expect(await inbound.stop({ withinMs: 1_000 })).toBe(1);
    line.reject(new Error("away"));
    while (inbound.live > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(first.done).toEqual(["apologised"]);
    inbound.take(third);
    expect(third.done).toEqual(["engaged"]);
  });
});
