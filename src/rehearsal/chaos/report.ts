import { setTimeout as wait } from "node:timers/promises";
import { rows } from "#postgres/rows.ts";
import type { Verified } from "#verify/verified.ts";
import { verify } from "#verify/verify.ts";
import type { Fault } from "./faults.ts";
import { createVerifiedInvites } from "./invites.ts";
import { type KeyTally, tallyKeys } from "./key-tally.ts";
import type { Stage } from "./stage.ts";
import { findOrphaned, type Orphaned, readTold, type TakeoverTally, tallyOrphaned } from "./takeovers.ts";
import { type FarCall, readCalls, readKeptKeys, type StoryTally, tallyStories } from "./tally.ts";

export interface Happened {
  seed: number;
  calls: number;
  kills: number;
  faults: Fault[];
  blindnessMs: number[];
  seconds: number;
  /** Everybody had been called in time. */
  finished: boolean;
}

export interface Report extends Omit<Happened, "faults" | "blindnessMs"> {
  faultsByKind: Record<string, number>;
  invites: number;
  answered: number;
  mostInvitesOfAnAttempt: number;
  strayInvites: number;
  keys: KeyTally;
  stories: StoryTally;
  orphanChannels: number;
  stuckAttempts: number;
  longestBlindnessMs: number;
  orphaned: Orphaned[];
  /** The same counted: all, and by what else was wrong. */
  takeovers: Record<"all" | Orphaned["meanwhile"], TakeoverTally>;
  dispositions: Record<string, number>;
  broken: Verified[];
}

/** Most that Asterisk has not written yet: 32 KiB. */
export const unwrittenBytes = 4_100 * 8;

export async function reportOn(stage: Stage, happened: Happened): Promise<Report> {
  const { faults, blindnessMs, ...rest } = happened;
  const { pool } = stage.database;
  const calls = await readCalls(stage);
  const farEnd = { invites: createVerifiedInvites(calls), ciphers: stage.ciphers };
  const { storyFolder } = stage;
  const found = await verify({ pool, storyFolder, farEnd, settled: true, now: new Date() }, () => {});
  const orphaned = findOrphaned(calls, {
    ...{ faults, lives: stage.instances.flatMap(({ lives }) => lives) },
    told: stage.instances.flatMap(({ logFile }) => readTold(logFile)),
  });
  const open = await rows<{ id: string }>(
    pool,
    "select id::text as id from attempt where state in ('intent', 'dialing', 'live')",
  );
  return {
    ...rest,
    faultsByKind: countBy(faults.map(({ kind }) => kind)),
    ...invitesOf(calls),
    keys: tallyKeys(await readKeptKeys(stage), calls),
    stories: await tallyStories(stage, calls, faults),
    orphanChannels: await channelsLeftUp(stage),
    stuckAttempts: open.length,
    longestBlindnessMs: Math.max(0, ...blindnessMs),
    orphaned,
    takeovers: {
      all: tallyOrphaned(orphaned),
      calm: tallyOrphaned(orphaned, "calm"),
      disturbed: tallyOrphaned(orphaned, "disturbed"),
      alone: tallyOrphaned(orphaned, "alone"),
    },
    dispositions: await dispositions(stage),
    broken: found.filter(({ broken }) => broken > 0),
  };
}

function invitesOf(calls: readonly FarCall[]) {
  const byAttempt = Map.groupBy(calls, ({ attempt }) => attempt?.id ?? null);
  return {
    invites: calls.length,
    answered: calls.filter(({ events }) => events.some(({ what }) => what === "answered")).length,
    strayInvites: byAttempt.get(null)?.length ?? 0,
    mostInvitesOfAnAttempt: Math.max(0, ...[...byAttempt].map(([id, all]) => (id === null ? 0 : all.length))),
  };
}

/** Those that nobody's sweep (every 30 s) has taken down either, after the last call had ended. */
async function channelsLeftUp({ nodes }: Stage): Promise<number> {
  for (const untilMs = performance.now() + 40_000; ; await wait(500)) {
    const counts = await Promise.all(nodes.map((node) => node.cli("core show channels count")));
    const up = counts.reduce((sum, told) => sum + Number(/(\d+) active channel/.exec(told)?.[1] ?? 0), 0);
    if (up === 0 || performance.now() > untilMs) return up;
  }
}

async function dispositions({ database }: Stage): Promise<Record<string, number>> {
  const found = await rows<{ disposition: string; count: number }>(
    database.pool,
    "select disposition, count(*)::int as count from visit group by 1 order by 2 desc",
  );
  return Object.fromEntries(found.map(({ disposition, count }) => [disposition, count]));
}

const countBy = (words: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(words, String)].map(([word, all]) => [word, all.length]).toSorted());

/** What must be so, each with the words to say that it is not. */
export function faultsIn(report: Report): string[] {
  const { keys, stories, broken } = report;
  const over = stories.losses.filter(
    ({ because, bytes }) => because === "asterisk" && bytes > unwrittenBytes,
  );
  const must: [boolean, string][] = [
    [report.finished, "not everybody was called in time"],
    [report.mostInvitesOfAnAttempt <= 1, `${report.mostInvitesOfAnAttempt} INVITEs for one attempt`],
    [report.strayInvites === 0, `${report.strayInvites} INVITEs without an attempt`],
    // Or all the rest says nothing.
    [report.answered < 10 || keys.pressed > 0, "nobody pressed a key: the far end heard nothing of us"],
    [keys.lost.length === 0, `${keys.lost.length} acknowledged keys lost`],
    [keys.misheard === 0, `${keys.misheard} ratings read back that were not pressed`],
    [lossesBy(report, "nothing that may") === 0, "words lost that no fault of Asterisk or its disk explains"],
    [over.length === 0, `${over.length} stories lost more than 4.1 s to a fault of Asterisk`],
    [
      stories.losses.every(({ because, marked }) => because !== "disk" || marked),
      "words lost to a full disk and not marked",
    ],
    [stories.foreignFrames === 0, `${stories.foreignFrames} pieces of one story in another`],
    [report.orphanChannels === 0, `${report.orphanChannels} channels left up`],
    [report.stuckAttempts === 0, `${report.stuckAttempts} attempts left open`],
    [broken.length === 0, `hearback verify: ${broken.map(({ name }) => name).join(", ")} broken`],
  ];
  return must.flatMap(([so, words]) => (so ? [] : [words]));
}

export const lossesBy = (
  { stories }: Report,
  cause: Report["stories"]["losses"][number]["because"],
): number => stories.losses.reduce((sum, { because, bytes }) => sum + (because === cause ? bytes : 0), 0);

export function tableOf(report: Report): string {
  const { keys, stories } = report;
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([word, n]) => `${word} ${n}`)
      .join(", ");
  const rows: [string, string][] = [
    [
      "calls asked for, made, answered",
      `${report.calls}, ${report.invites}, ${report.answered} in ${report.seconds.toFixed(0)} s`,
    ],
    ["faults", list(report.faultsByKind)],
    ["dispositions", list(report.dispositions)],
    ["INVITEs of one attempt, at most", String(report.mostInvitesOfAnAttempt)],
    ["INVITEs without an attempt", String(report.strayInvites)],
    ["keys pressed, acknowledged, lost", `${keys.pressed}, ${keys.acknowledged}, ${keys.lost.length}`],
    ["ratings misheard", String(keys.misheard)],
    ["stories told", `${stories.told} (${(stories.bytes / 8_000).toFixed(0)} s)`],
    ["bytes lost to app, database, speech", String(lossesBy(report, "nothing that may"))],
    ["bytes lost to Asterisk", lostTo(report, "asterisk")],
    ["bytes lost to a full disk, all marked", lostTo(report, "disk")],
    ["bytes spoken in the gap, all told again", lostTo(report, "told again")],
    ["pieces of one story in another", String(stories.foreignFrames)],
    ["channels left up, attempts left open", `${report.orphanChannels}, ${report.stuckAttempts}`],
    ["longest blindness", seconds(report.longestBlindnessMs)],
    ["calls whose app died, gone on", takenOver(report.takeovers.all)],
    ["  another up, nothing else wrong", takenOver(report.takeovers.calm)],
    ["  another there, more was wrong", takenOver(report.takeovers.disturbed)],
    ["  no other process there", takenOver(report.takeovers.alone)],
    [
      "hearback verify",
      report.broken.length === 0
        ? "all holds"
        : report.broken.map(({ name, broken }) => `${name}: ${broken}`).join(", "),
    ],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, figure]) => `  ${what.padEnd(width)}  ${figure}`).join("\n");
}

const seconds = (ms: number | null) => (ms === null ? "-" : `${(ms / 1000).toFixed(1)} s`);

function takenOver({ orphaned, goneOn, gapMs }: TakeoverTally): string {
  const gaps = `gap p50 ${seconds(gapMs.p50)}, p95 ${seconds(gapMs.p95)}, p99 ${seconds(gapMs.p99)}, at most ${seconds(gapMs.most)}`;
  return `${orphaned}, ${goneOn}${goneOn > 0 ? `; ${gaps}` : ""}`;
}

function lostTo(report: Report, cause: "asterisk" | "disk" | "told again"): string {
  const losses = report.stories.losses.filter(({ because }) => because === cause);
  const most = Math.max(0, ...losses.map(({ bytes }) => bytes));
  return losses.length === 0
    ? "0"
    : `${lossesBy(report, cause)} in ${losses.length} stories, at most ${(most / 8_000).toFixed(1)} s`;
}
