import { describe, expect, it, vi } from "vitest";
import type { AriEvent } from "#asterisk/ari-events.ts";
import type { LineRequests } from "#asterisk/line-requests.ts";
import { SecondLeg } from "#asterisk/second-leg.ts";
import type { LineEvent } from "#call/line.ts";
import { silentLogger } from "#lib/logger.ts";

const order = {
  ...{ phone: "+441632960123", callerNumber: "+441632960000" },
  ...{ ringSeconds: 20, talkSeconds: 60, restSeconds: 900 },
};
const trunks = ["own", "second"];

/** Asterisk as far as a second leg knows it: what it was asked for, and whom to tell of a leg. */
function aCall({ refuses = [] as string[] } = {}) {
  const legs = new Map<string, (event: AriEvent) => void>();
  const asked: string[] = [];
  const told: LineEvent[] = [];
  let nowMs = 0;
  const logger = { ...silentLogger, warn: vi.fn() };
  const requests = {
    connection: {
      attach: (id: string, handle: (event: AriEvent) => void) => {
        legs.set(id, handle);
        return () => legs.delete(id);
      },
    },
    send: async (_method: string, path: string, query: Record<string, string | number> = {}) => {
      const trunk = String(query.endpoint ?? "");
      if (trunk) asked.push(`${path} by ${trunk}`);
      return refuses.includes(trunk) ? 500 : 200;
    },
    set: async (id: string, { value }: { value: string }) => {
      asked.push(`${id} for ${value} s`);
      return 204;
    },
  } as unknown as LineRequests;
  const second = new SecondLeg({
    ...{ channelId: "hb-1", requests, logger, tell: (event: LineEvent) => void told.push(event) },
    clock: { now: () => new Date(), monotonicMs: () => nowMs, wait: async () => {} },
    dialling: (_, tried) => {
      const endpoint = trunks[tried];
      return endpoint === undefined ? null : { query: { endpoint }, variables: {} };
    },
  });
  const happens = (leg: string, event: object) =>
    legs.get(leg)!({ channel: { id: leg }, ...event } as AriEvent);
  return {
    ...{ second, asked, told, logger, happens },
    ends: (leg: string, sipCode: number) =>
      happens(leg, { type: "ChannelDestroyed", cause: 0, tech_cause: sipCode }),
    pass: (ms: number) => {
      nowMs += ms;
    },
    kinds: () => told.map(({ kind }) => kind),
  };
}

describe("a person's leg", () => {
  it("is rung by the call's own trunk, and by the next one where that refuses it", async () => {
    const { second, asked, ends, happens, kinds } = aCall();
    second.join(order);
    ends("hb-1-to1", 503);
    happens("hb-1-to2", { type: "StasisStart" });
    await vi.waitFor(() => expect(kinds()).toEqual(["joined"]));
    expect(asked.slice(0, 2)).toEqual(["channels/hb-1-to1 by own", "channels/hb-1-to2 by second"]);
  });

  it("is rung by the next one where Asterisk finds the trunk out of reach", async () => {
    const { second, asked, kinds } = aCall({ refuses: ["own"] });
    second.join(order);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]).toBe("channels/hb-1-to2 by second");
    expect(kinds()).toEqual([]);
  });

  it("is told of once when no trunk takes it", async () => {
    const { second, ends, kinds } = aCall();
    second.join(order);
    ends("hb-1-to1", 503);
    ends("hb-1-to2", 503);
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]));
  });

  it.each([486, 404, 480])("is rung no second time when the person's telephone says %i", async (sipCode) => {
    const { second, asked, ends, kinds } = aCall();
    second.join(order);
    ends("hb-1-to1", sipCode);
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]));
    expect(asked).toEqual(["channels/hb-1-to1 by own"]);
  });
});

describe("a talk", () => {
  const talking = async () => {
    const call = aCall();
    call.second.join(order);
    call.happens("hb-1-to1", { type: "StasisStart" });
    await vi.waitFor(() => expect(call.kinds()).toEqual(["joined"]));
    return call;
  };

  it("has its own time, and the call its own again afterwards", async () => {
    const { asked, ends, kinds } = await talking();
    ends("hb-1-to1", 200);
    await vi.waitFor(() => expect(kinds()).toEqual(["joined", "parted"]));
    expect(asked.slice(1)).toEqual(["hb-1 for 960 s", "hb-1-to1 for 60 s", "hb-1 for 900 s"]);
  });

  it.each([
    [60_000, 1],
    [30_000, 0],
  ])("that ends after %i ms is told of in the log %i times", async (ms, times) => {
    const { ends, pass, logger, kinds } = await talking();
    pass(ms);
    ends("hb-1-to1", 200);
    await vi.waitFor(() => expect(kinds()).toEqual(["joined", "parted"]));
    expect(logger.warn).toHaveBeenCalledTimes(times);
  });
});
