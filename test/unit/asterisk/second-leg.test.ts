import { describe, expect, it, vi } from "vitest";
import type { AriEvent } from "#asterisk/ari-events.ts";
import type { LineRequests } from "#asterisk/line-requests.ts";
import { SecondLeg } from "#asterisk/second-leg.ts";
import type { LineEvent } from "#call/line.ts";
import { silentLogger } from "#lib/logger.ts";
import { patient } from "../../support/patient.ts";

const order = {
  ...{ phone: "+441632960123", callerNumber: "+441632960000" },
  ...{ ringSeconds: 20, talkSeconds: 60, restSeconds: 900 },
};
const trunks = ["own", "second"];

/** Asterisk as far as a second leg knows it: what it was asked for, and whom to tell of a leg. */
function aCall({ refuses = [] as string[] } = {}) {
  /** How Asterisk answers a request, once; null: not at all. By the end of its path. */
  const answers = new Map<string, () => Promise<number | null> | number | null>();
  const bridged: string[] = [];
  const found = new Map<string, object>();
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
      request: async (_method: string, path: string) => {
        const body = found.get(path.replace("channels/", ""));
        return body ? { status: 200, body } : { status: 404, body: {} };
      },
    },
    send: async (method: string, path: string, query: Record<string, string | number> = {}) => {
      const last = path.split("/").at(-1)!;
      const answer = answers.get(last);
      answers.delete(last);
      if (path.startsWith("bridges/")) bridged.push(`${method} ${last} ${query.channel ?? ""}`.trim());
      const trunk = String(query.endpoint ?? "");
      if (trunk) asked.push(`${path} by ${trunk}`);
      if (method === "DELETE" && last.includes("-to")) asked.push(`${last} given up`);
      if (answer) return answer();
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
    ...{ second, asked, told, logger, happens, answers, bridged, found },
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
    await vi.waitFor(() => expect(kinds()).toEqual(["joined"]), patient);
    expect(asked.slice(0, 2)).toEqual(["channels/hb-1-to1 by own", "channels/hb-1-to2 by second"]);
  });

  it("is rung by the next one where Asterisk finds the trunk out of reach", async () => {
    const { second, asked, kinds } = aCall({ refuses: ["own"] });
    second.join(order);
    await vi.waitFor(() => expect(asked).toHaveLength(2), patient);
    expect(asked[1]).toBe("channels/hb-1-to2 by second");
    expect(kinds()).toEqual([]);
  });

  it("is told of once when no trunk takes it", async () => {
    const { second, ends, kinds } = aCall();
    second.join(order);
    ends("hb-1-to1", 503);
    ends("hb-1-to2", 503);
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
  });

  it.each([486, 404, 480])("is rung no second time when the person's telephone says %i", async (sipCode) => {
    const { second, asked, ends, kinds } = aCall();
    second.join(order);
    ends("hb-1-to1", sipCode);
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
    expect(asked).toEqual(["channels/hb-1-to1 by own"]);
  });
});

describe("a telephone that rang", () => {
  it.each([
    { type: "Dial", peer: { id: "hb-1-to1", state: "Ringing" }, dialstatus: "RINGING" },
    { type: "ChannelStateChange", channel: { id: "hb-1-to1", state: "Ringing" } },
  ])("rings no second time by another trunk, whatever its own says then: $type", async (ringing) => {
    const { second, asked, happens, ends, kinds } = aCall();
    second.join(order);
    happens("hb-1-to1", ringing);
    ends("hb-1-to1", 503);
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
    expect(asked).toEqual(["channels/hb-1-to1 by own"]);
  });

  it("counts for its own leg alone: a later join goes by the next trunk again", async () => {
    const { second, asked, happens, ends, kinds } = aCall();
    second.join(order);
    happens("hb-1-to1", { type: "Dial", peer: { id: "hb-1-to1" }, dialstatus: "RINGING" });
    ends("hb-1-to1", 480);
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
    second.join(order);
    ends("hb-1-to2", 503);
    expect(asked).toHaveLength(3);
  });
});

describe("a leg that is given up while both are being joined", () => {
  const out = ["POST removeChannel hb-1", "DELETE hb-1-join"];
  /** The person has answered, and Asterisk is slow to say that both are in the bridge. */
  const joining = async () => {
    const call = aCall();
    const joined = Promise.withResolvers<number>();
    call.answers.set("addChannel", () => joined.promise);
    call.second.join(order);
    call.happens("hb-1-to1", { type: "StasisStart" });
    await vi.waitFor(() => expect(call.bridged).toContain("POST addChannel hb-1,hb-1-to1"), patient);
    return { ...call, joined };
  };

  it.each([
    ["by the caller", ({ second }: Awaited<ReturnType<typeof joining>>) => second.part()],
    ["by its own end", ({ ends }: Awaited<ReturnType<typeof joining>>) => ends("hb-1-to1", 503)],
  ])("leaves nobody alone in a bridge, and is told only then: %s", async (_, gives) => {
    const call = await joining();
    gives(call);
    await new Promise(setImmediate);
    expect(call.kinds()).toEqual([]);
    call.joined.resolve(204);
    await vi.waitFor(() => expect(call.kinds()).toEqual(["parted"]), patient);
    expect(call.bridged.slice(-2)).toEqual(out);
    expect(call.asked.filter((what) => what.includes(" by "))).toEqual(["channels/hb-1-to1 by own"]);
    expect(call.asked.at(-1)).toBe("hb-1 for 900 s");
  });

  it("leaves no bridge behind where the caller has hung up", async () => {
    const { second, joined, bridged, kinds } = await joining();
    second.clear();
    await new Promise(setImmediate);
    expect(bridged.at(-1)).toBe("POST addChannel hb-1,hb-1-to1");
    joined.resolve(404);
    await vi.waitFor(() => expect(bridged.at(-1)).toBe("DELETE hb-1-join"), patient);
    expect(kinds()).toEqual([]);
  });

  it("is taken out of the bridge once Asterisk can be asked again", async () => {
    const { second, answers, joined, bridged, kinds } = await joining();
    answers.set("removeChannel", () => null);
    joined.resolve(204);
    second.part();
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
    await second.resume();
    expect(bridged.slice(-4)).toEqual([...out, ...out]);
    await second.resume();
    expect(bridged.filter((what) => what === out[0])).toHaveLength(2);
  });
});

describe("a connection that was away", () => {
  const ringing = () => {
    const call = aCall();
    call.second.join(order);
    return call;
  };

  it("tells of a talk that ended meanwhile", async () => {
    const { second, happens, kinds } = ringing();
    happens("hb-1-to1", { type: "StasisStart" });
    await vi.waitFor(() => expect(kinds()).toEqual(["joined"]), patient);
    await second.resume();
    await vi.waitFor(() => expect(kinds()).toEqual(["joined", "parted"]), patient);
  });

  it("joins both where the person has answered meanwhile", async () => {
    const { second, found, kinds } = ringing();
    found.set("hb-1-to1", { id: "hb-1-to1", state: "Up" });
    await second.resume();
    await vi.waitFor(() => expect(kinds()).toEqual(["joined"]), patient);
  });

  it("rings nobody again whose leg ended meanwhile", async () => {
    const { second, asked, kinds } = ringing();
    await second.resume();
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
    expect(asked).toEqual(["channels/hb-1-to1 by own"]);
  });

  it("lets a leg ring on that rings, and rings nobody else for it", async () => {
    const { second, found, ends, asked, kinds } = ringing();
    found.set("hb-1-to1", { id: "hb-1-to1", state: "Ringing" });
    await second.resume();
    expect(kinds()).toEqual([]);
    ends("hb-1-to1", 503);
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
    expect(asked).toEqual(["channels/hb-1-to1 by own"]);
  });

  it("hangs up, once it is back, whoever was given up while it was away", async () => {
    const { second, answers, asked, kinds } = ringing();
    answers.set("hb-1-to1", () => null);
    second.part();
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
    const givenUp = () => asked.filter((what) => what === "hb-1-to1 given up").length;
    expect(givenUp()).toBe(1);
    await second.resume();
    await second.resume();
    expect(givenUp()).toBe(2);
  });

  it("leaves two who talk in their bridge, whatever became of the bridge of an earlier talk", async () => {
    const { second, answers, bridged, found, happens, ends, kinds } = ringing();
    happens("hb-1-to1", { type: "StasisStart" });
    await vi.waitFor(() => expect(kinds()).toEqual(["joined"]), patient);
    answers.set("removeChannel", () => null);
    ends("hb-1-to1", 200);
    await vi.waitFor(() => expect(kinds()).toEqual(["joined", "parted"]), patient);
    second.join(order);
    happens("hb-1-to2", { type: "StasisStart" });
    await vi.waitFor(() => expect(kinds()).toEqual(["joined", "parted", "joined"]), patient);
    found.set("hb-1-to2", { id: "hb-1-to2", state: "Up" });
    bridged.length = 0;
    await second.resume();
    expect(bridged).toEqual([]);
  });
});

describe("a call taken over from a process that died", () => {
  const left = (state: string) => {
    const call = aCall();
    call.found.set("hb-1-to1", { id: "hb-1-to1", state });
    return call;
  };

  it("goes on with a talk", async () => {
    const { second, bridged, ends, kinds } = left("Up");
    expect(await second.takeUp()).toBe(true);
    expect(bridged).toEqual([]);
    ends("hb-1-to1", 200);
    await vi.waitFor(() => expect(kinds()).toEqual(["parted"]), patient);
  });

  it("is alone in no bridge where the talk has ended meanwhile", async () => {
    const { second, bridged } = left("Ringing");
    expect(await second.takeUp()).toBe(false);
    expect(bridged).toEqual(["POST removeChannel hb-1", "DELETE hb-1-join"]);
  });

  it("joins whoever has answered the ringing of that process", async () => {
    const { second, answers, asked, kinds } = left("Up");
    answers.set("hb-1-to1", () => 409);
    second.join(order);
    await vi.waitFor(() => expect(kinds()).toEqual(["joined"]), patient);
    expect(asked.filter((what) => what.includes(" by "))).toEqual(["channels/hb-1-to1 by own"]);
  });

  it("ends the ringing of that process, and rings anew by the same trunk", async () => {
    const { second, answers, asked, happens, kinds } = left("Ringing");
    answers.set("hb-1-to1", () => 409);
    second.join(order);
    await vi.waitFor(
      () =>
        expect(asked).toEqual(["channels/hb-1-to1 by own", "hb-1-to1 given up", "channels/hb-1-to2 by own"]),
      patient,
    );
    happens("hb-1-to2", { type: "StasisStart" });
    await vi.waitFor(() => expect(kinds()).toEqual(["joined"]), patient);
  });
});

describe("a talk", () => {
  const talking = async () => {
    const call = aCall();
    call.second.join(order);
    call.happens("hb-1-to1", { type: "StasisStart" });
    await vi.waitFor(() => expect(call.kinds()).toEqual(["joined"]), patient);
    return call;
  };

  it("has its own time, and the call its own again afterwards", async () => {
    const { asked, ends, kinds } = await talking();
    ends("hb-1-to1", 200);
    await vi.waitFor(() => expect(kinds()).toEqual(["joined", "parted"]), patient);
    expect(asked.slice(1)).toEqual(["hb-1 for 960 s", "hb-1-to1 for 60 s", "hb-1 for 900 s"]);
  });

  it.each([
    [60_000, 1],
    [30_000, 0],
  ])("that ends after %i ms is told of in the log %i times", async (ms, times) => {
    const { ends, pass, logger, kinds } = await talking();
    pass(ms);
    ends("hb-1-to1", 200);
    await vi.waitFor(() => expect(kinds()).toEqual(["joined", "parted"]), patient);
    expect(logger.warn).toHaveBeenCalledTimes(times);
  });
});
