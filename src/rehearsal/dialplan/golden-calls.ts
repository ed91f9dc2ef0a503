/** Five calls over real SIP that every dialplan must carry: what they must come to is fixed, what they came to is told. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AriConnection } from "#asterisk/ari-connection.ts";
import type { AriEvent } from "#asterisk/ari-events.ts";
import { createAriTelephone } from "#asterisk/ari-telephone.ts";
import { beatInto } from "#asterisk/heartbeat.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { readWav } from "#lib/audio/wav.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger as logger } from "#lib/logger.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { GoldenCall } from "#release/walk-report.ts";
import { golden } from "./golden-people.ts";
import type { Scratch } from "./scratch.ts";

export const wentWell = ({ expected, seen }: GoldenCall): boolean => expected === seen;

/** An apology is said to its end; and a machine with live calls leaves us little of itself. */
const withinMs = 40_000;
const lookEveryMs = 50;

export interface GoldenTurns {
  told?: ((call: GoldenCall) => void) | undefined;
  /** Awaited before each call; what it throws is thrown. */
  before?: (() => Promise<void>) | undefined;
}

/** One after the other, up to the first that goes another way; each is told as soon as it is over. */
export async function goldenCalls(
  scratch: Scratch,
  files: ReleaseFiles,
  { told = () => {}, before = async () => {} }: GoldenTurns = {},
): Promise<GoldenCall[]> {
  const calls: GoldenCall[] = [];
  const make = async (name: string, expected: string, call: () => Promise<string>) => {
    if (!calls.every(wentWell)) return;
    await before();
    const seen = await call().catch((thrown) => `broke off: ${messageOf(thrown)}`);
    calls.push({ name, expected, seen });
    told(calls.at(-1)!);
  };
  await make("somebody rings while Hearback is away", "hears the apology, and is hung up", () =>
    rungWhileAway(scratch, files),
  );
  const hearback = connect(scratch, "hearback");
  await hearback.start();
  try {
    const entered = (from: string) => `enters Hearback from ${from || "nobody"}, having rung ${golden.rung}`;
    await make("somebody rings us", entered(golden.caller), () => rung(scratch, hearback, "knows-us"));
    await make("somebody rings us without a number", entered("anonymous"), () =>
      rung(scratch, hearback, "withheld"),
    );
    await make("the heartbeat", "writes its row", async () =>
      (await beats(scratch, hearback)) ? "writes its row" : "writes none",
    );
  } finally {
    await hearback.stop();
  }
  await make("Hearback rings somebody", `is answered at ${golden.person}, showing ${golden.rung}`, () =>
    ringing(scratch),
  );
  return calls;
}

const connect = ({ ivr }: Scratch, app: string): AriConnection =>
  new AriConnection({ url: ivr.ariUrl, user: ivr.ariUser, password: ivr.ariPassword, app, clock, logger });

/** The first that comes in, answered and hung up. */
async function rung(scratch: Scratch, hearback: AriConnection, ringer: string): Promise<string> {
  let entered: string | null = null;
  hearback.onUnclaimed((id, event) => {
    if (event.type !== "StasisStart") return;
    entered ??= toldOf(event);
    void leave(hearback, id);
  });
  await scratch.carrier.ring(ringer);
  await until(async () => entered !== null || notedBy(scratch, ringer) !== null, "did not enter Hearback");
  await untilQuiet(scratch);
  return entered ?? `is turned away (${notedBy(scratch, ringer)})`;
}

/** Asterisk's word for the end of this ringer's call, such as CHANUNAVAIL; null while there is none. */
function notedBy({ carrier }: Scratch, ringer: string): string | null {
  const log = readFileSync(join(carrier.logDir, "messages"), "utf8");
  return new RegExp(`${ringer} was told (\\w+)`).exec(log)?.[1] ?? null;
}

function toldOf({ args, channel }: Extract<AriEvent, { type: "StasisStart" }>): string {
  const [word, to] = args;
  if (word !== "inbound") return `enters Hearback as ${args.join(",")}`;
  return `enters Hearback from ${channel.caller?.number || "nobody"}, having rung ${to}`;
}

async function leave(hearback: AriConnection, id: string): Promise<void> {
  await hearback.request("POST", `channels/${id}/answer`).catch(() => {});
  await hearback.request("DELETE", `channels/${id}`).catch(() => {});
}

async function rungWhileAway(scratch: Scratch, files: ReleaseFiles): Promise<string> {
  await scratch.carrier.ring("away");
  const { monitorDir } = scratch.carrier;
  const heard = () => readdirSync(monitorDir).find((name) => name.startsWith("heard-"));
  await until(async () => heard() !== undefined || notedBy(scratch, "away") !== null, "was not answered");
  if (!heard()) return `is turned away (${notedBy(scratch, "away")})`;
  await untilQuiet(scratch);
  const { samples } = readWav(readFileSync(join(monitorDir, heard()!)));
  const apology = files.get("prompts/en-GB/apology.wav");
  if (!apology) return "cannot be looked at: there is no prompt apology in en-GB";
  const { correlation } = findWithin(readWav(apology).samples, samples);
  return correlation > 0.9
    ? "hears the apology, and is hung up"
    : `hears something else (${correlation.toFixed(2)} alike)`;
}

const beats = ({ ivr }: Scratch, connection: AriConnection) =>
  beatInto(join(ivr.logDir, "cel-custom/Master.csv"), connection, clock, Date.now());

async function ringing(scratch: Scratch): Promise<string> {
  const connection = connect(scratch, newName("golden"));
  const telephone = createAriTelephone({ connection, trunk: "trunk", mediaOf: () => [], clock, logger });
  await connection.start();
  try {
    const attemptId = newName("golden");
    const outcome = await telephone.dial(
      {
        ...{ attemptId, channelId: `hb-${attemptId}`, phone: golden.person, callerNumber: golden.rung },
        ...{ ringSeconds: 10, maxCallSeconds: 20, node: "asterisk" },
      },
      () => {},
    );
    if (outcome.kind !== "answered") return `is not answered (${JSON.stringify(outcome)})`;
    outcome.line.hangUp();
    await untilQuiet(scratch);
    const rows = readFileSync(scratch.carrier.cdrFile, "utf8");
    const shown = rows.includes(`"${golden.rung}","${golden.person}"`);
    return shown
      ? `is answered at ${golden.person}, showing ${golden.rung}`
      : "is answered, showing another number";
  } finally {
    telephone.close();
    await connection.stop();
  }
}

/** No call is up any more, at either end. */
const untilQuiet = ({ ivr, carrier }: Scratch): Promise<void> =>
  until(async () => {
    const counts = await Promise.all([ivr, carrier].map((each) => each.cli("core show channels count")));
    return counts.every((count) => count.includes("0 active channels"));
  }, "did not end");

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  for (const deadline = clock.monotonicMs() + withinMs; !(await holds()); await clock.wait(lookEveryMs))
    if (clock.monotonicMs() > deadline) throw new Error(otherwise);
}
