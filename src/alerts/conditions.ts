/** What people are told of, decided from one look; pure. */
import { type CanarySigns, clockApartMs, isFull, type UrgentSigns, type VitalSigns } from "./vital-signs.ts";

/** Things that hold until they do not: told once, told again while they last, and told when they are over. */
export const lastingKinds = [
  "node-deaf",
  "node-full",
  "node-refused",
  "words-late",
  "promise-late",
  "trunk-refuses",
  "cap-reached",
  "campaign-damaged",
  "disk-low",
  "clock-apart",
  "urgent-untaken",
  "canary-waits",
] as const;
/** Things that happened: each is told once. */
export const happeningKinds = [
  "promise-broken",
  "silent-call",
  "story-truncated",
  "release-rolled-back",
  "release-not-loaded",
] as const;

export type LastingKind = (typeof lastingKinds)[number];
export type HappeningKind = (typeof happeningKinds)[number];
export type AlertKind = LastingKind | HappeningKind;

export interface Condition<Kind extends AlertKind = AlertKind> {
  kind: Kind;
  /** An id, or the name of a machine; empty where there is but one of the kind. */
  subject: string;
  /** More to know, in numbers; never a person's. */
  detail: string;
}

/** A look at one lasting thing; `holds` null: nobody could say, so that nothing changes. */
export interface Verdict extends Condition<LastingKind> {
  holds: boolean | null;
}

export interface Limits {
  wordsLateHours: number;
  /** The machine that looks: its disk and its clock. */
  host: string;
}

export function verdictsOf(signs: VitalSigns, { wordsLateHours, host }: Limits): Verdict[] {
  const { database, disk, nodes } = signs;
  const work = database.kind === "there" ? database.work : null;
  const waits = work?.transcripts.oldestSeconds ?? 0;
  const apart = clockApartMs(database);
  const load = `${signs.callsUnderWay} of ${signs.maxCalls ?? "any number of"} calls under way`;
  return [
    ...nodes.flatMap(({ name, ari, refusedBecause }): Verdict[] => [
      {
        ...{ kind: "node-deaf", subject: name, detail: `its ARI is ${ari}` },
        holds: ari !== "ready" && ari !== "refused",
      },
      { kind: "node-refused", subject: name, holds: ari === "refused", detail: refusedBecause ?? "" },
      { kind: "node-full", subject: name, holds: isFull(signs), detail: load },
    ]),
    {
      kind: "words-late",
      subject: "",
      holds: work && waits > wordsLateHours * 3600,
      detail: `${work?.transcripts.waiting ?? 0} stories wait, the oldest for ${hours(waits)} h`,
    },
    {
      kind: "promise-late",
      subject: "",
      holds: work && work.promises.late > 0,
      detail: `${work?.promises.late ?? 0} promised calls have not begun five minutes after they were due`,
    },
    {
      kind: "urgent-untaken",
      subject: "",
      holds: work && (work.urgent.oldestUntakenSeconds ?? 0) > untakenAfterSeconds,
      detail: untakenDetail(work?.urgent),
    },
    {
      kind: "canary-waits",
      subject: "",
      holds: work && (work.canary?.workingHours ?? 0) > aWorkingDay,
      detail: canaryDetail(work?.canary ?? null),
    },
    {
      kind: "trunk-refuses",
      subject: "",
      holds: work && work.trunkShare <= 0.5,
      detail: `it gets ${Math.round((work?.trunkShare ?? 1) * 100)} % of its calls per second`,
    },
    {
      kind: "cap-reached",
      subject: "",
      holds: work && work.capped.length > 0,
      detail: (work?.capped ?? []).map(({ campaignId, because }) => `${campaignId}: ${because}`).join("; "),
    },
    {
      kind: "campaign-damaged",
      subject: "",
      holds: work && work.damaged.length > 0,
      detail: (work?.damaged ?? []).join("; "),
    },
    {
      kind: "disk-low",
      subject: host,
      holds: disk.kind === "unreadable" || disk.isLow,
      detail:
        disk.kind === "unreadable" ? "it cannot be written" : `${megabytes(disk.freeBytes)} MB are free`,
    },
    {
      kind: "clock-apart",
      subject: host,
      holds: database.kind === "away" ? null : apart !== null,
      detail: `the database's clock is ${((apart ?? 0) / 1000).toFixed(1)} s from this machine's`,
    },
  ];
}

/** Hours, nights included; weekends are not. */
const aWorkingDay = 24;

const canaryDetail = (canary: CanarySigns | null): string =>
  canary
    ? `release ${canary.number} has had ${canary.calls} of the ${canary.wanted} calls that it takes, at ${Math.round(canary.share * 1000) / 10} % of calls`
    : "there is none";

/** Somebody is to take an urgent story within half an hour, so that it can be acted on within four. */
const untakenAfterSeconds = 1_800;

function untakenDetail({ untaken, oldestUntakenSeconds }: Partial<UrgentSigns> = {}): string {
  const named = (untaken ?? []).slice(0, 20);
  return `${untaken?.length ?? 0} stories, the oldest for ${hours(oldestUntakenSeconds ?? 0)} h: ${named.join(", ")}`;
}

/** What the database knows to have happened; told once, however often it is looked at. */
export function happenedOf({ database }: VitalSigns): Condition<HappeningKind>[] {
  const work = database.kind === "there" ? database.work : null;
  const told = (kind: HappeningKind, subjects: string[] = []) =>
    subjects.map((subject) => ({ kind, subject, detail: "" }));
  return [
    ...told("promise-broken", work?.brokenPromises),
    ...told("story-truncated", work?.truncatedStories),
    ...told("release-rolled-back", work?.rolledBackReleases),
    ...told("release-not-loaded", work?.releasesNotLoaded),
  ];
}

/** For so long a thing must hold before it counts: a reconnect or a full minute is nobody's trouble. */
export const holdsForMs: Record<LastingKind, number> = {
  "node-deaf": 60_000,
  "node-full": 60_000,
  "node-refused": 0,
  "words-late": 0,
  "promise-late": 0,
  "trunk-refuses": 0,
  "cap-reached": 0,
  "campaign-damaged": 0,
  "disk-low": 0,
  "clock-apart": 0,
  "urgent-untaken": 0,
  "canary-waits": 0,
};

const hours = (seconds: number): string => (seconds / 3600).toFixed(1);
const megabytes = (bytes: number): number => Math.floor(bytes / 1_000_000);
