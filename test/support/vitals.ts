/** A look at a Hearback that is well, with what a test wants different. */
import type { NodeSigns, VitalSigns, WorkSigns } from "#alerts/vital-signs.ts";

export const goodNode: NodeSigns = {
  name: "asterisk.example:8088",
  entityId: "02:00:00:00:00:01",
  version: "22.8.2",
  ari: "ready",
  refusedBecause: null,
  draining: false,
  eased: false,
  ami: "connected",
  calls: 3,
};

export const goodWork: WorkSigns = {
  jobs: [{ task: "transcribe", waiting: 2, failed: 1, oldestSeconds: 12.5 }],
  promises: { waiting: 4, kept: 30, broken: 0, withdrawn: 2, late: 0 },
  brokenPromises: [],
  truncatedStories: [],
  rolledBackReleases: [],
  releasesNotLoaded: [],
  canary: null,
  capped: [],
  damaged: [],
  transcripts: { waiting: 2, givenUp: 1, oldestSeconds: 60 },
  campaigns: { running: 2, permittedNow: 1 },
  visitsDue: 17,
  urgent: { open: 3, untaken: [], oldestUntakenSeconds: null },
  trunkShare: 1,
  openAlerts: {},
};

export const goodVitals = (different: Partial<VitalSigns> = {}): VitalSigns => ({
  at: new Date("2026-11-21T09:30:00Z"),
  nodes: [goodNode],
  database: { kind: "there", clock: { differenceMs: 4, uncertainMs: 1 }, work: goodWork },
  disk: { kind: "read", freeBytes: 50_000_000_000, isLow: false },
  notDialling: null,
  callsUnderWay: 3,
  maxCalls: null,
  ...different,
});
