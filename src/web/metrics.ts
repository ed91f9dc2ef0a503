/**
 * What Prometheus reads. Counters and histograms are of this process, since its start; gauges are looked at when asked
 * for, and those of the database are the same from every process. docker/grafana/hearback.json draws them.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { clockApartMs, type VitalSigns } from "#alerts/vital-signs.ts";
import { readinessOf } from "./readiness.ts";

/** What happens in calls, as it happens; none of it is a person's. */
export interface CallObserver {
  attemptStarted(): void;
  attemptEnded(disposition: string): void;
  firstAudio(afterMs: number): void;
  silentCall(): void;
  keyToPrompt(ms: number): void;
  takenOver(gapMs: number): void;
  storyKept(afterHangUpMs: number): void;
  /** A prompt was missing in this language, and another language was heard instead. */
  promptFellBack(language: string): void;
  /** A prompt was missing in every language: a piece of a sentence was left out. */
  promptMissing(language: string): void;
}

export interface Metrics extends CallObserver {
  request(method: string, route: string, status: number): void;
  contentType: string;
  /** The exposition text, with gauges as the signs say; what nobody could look at is left out. */
  text(signs: VitalSigns): Promise<string>;
}

/**
 * Node counts from one look at its event loop to the next, so that this is in each figure of its lag. Each look wakes the
 * process: every 10 ms, as usual, that is a sixth of what Hearback costs when it has nothing to do (4 ms of CPU a second).
 */
const lookAtLoopEveryMs = 100;

/** Seconds; the promise to patients is that they hear us within two. */
const heard = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];
const kept = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lookAtLoopEveryMs });
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers });
  const started = counter("hearback_attempts_started_total", "Attempts that were begun");
  const ended = counter("hearback_attempts_ended_total", "Attempts by how they ended", ["disposition"]);
  const silent = counter("hearback_silent_calls_total", "Answered calls in which nothing was heard for 2 s");
  const requests = counter("hearback_http_requests_total", "Requests by route", [
    "method",
    "route",
    "status",
  ]);
  const firstAudio = histogram("hearback_first_audio_seconds", "From the answer to the first sound", heard);
  const keyToPrompt = histogram("hearback_key_to_prompt_seconds", "From a key to what follows it", heard);
  const takenOver = histogram(
    "hearback_takeover_gap_seconds",
    "From a process's death to our first sound",
    heard,
  );
  const storyKept = histogram("hearback_story_kept_seconds", "From the call's end to the story stored", kept);
  const fellBack = counter(
    "hearback_prompt_fallbacks_total",
    "Prompts heard in another language, by the one asked for",
    ["language"],
  );
  const missing = counter(
    "hearback_prompts_missing_total",
    "Prompts that were not heard, as no language has them or Asterisk could not play the sound, by the one asked for",
    ["language"],
  );
  const gauges = createGauges(registers);
  return {
    attemptStarted: () => started.inc(),
    attemptEnded: (disposition) => ended.inc({ disposition }),
    firstAudio: (ms) => firstAudio.observe(ms / 1000),
    silentCall: () => silent.inc(),
    keyToPrompt: (ms) => keyToPrompt.observe(ms / 1000),
    takenOver: (ms) => takenOver.observe(ms / 1000),
    storyKept: (ms) => storyKept.observe(ms / 1000),
    promptFellBack: (language) => fellBack.inc({ language }),
    promptMissing: (language) => missing.inc({ language }),
    request: (method, route, status) => requests.inc({ method, route, status }),
    contentType: registry.contentType,
    text: (signs) => {
      gauges.set(signs);
      return registry.metrics();
    },
  };
}

function createGauges(registers: Registry[]) {
  const all: Gauge[] = [];
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge => {
    const made = new Gauge({ name, help, labelNames, registers });
    all.push(made);
    return made;
  };
  const ready = gauge("hearback_ready", "1 when /readyz says so");
  const dialling = gauge("hearback_dialling_allowed", "0 when no call may be begun, whatever is due");
  const live = gauge(
    "hearback_calls_live",
    "Calls of this process from the order to dial to the written end",
  );
  const limit = gauge("hearback_calls_limit", "HEARBACK_MAX_CALLS, where it is given");
  const asterisk = gauge("hearback_asterisk_ready", "1 while calls can be made on this node", ["node"]);
  const draining = gauge("hearback_asterisk_draining", "1 while this node is to have no new calls", ["node"]);
  const eased = gauge(
    "hearback_asterisk_eased",
    "1 while this node cannot keep up and is given fewer calls",
    ["node"],
  );
  const ami = gauge("hearback_ami_connected", "1 while this node's AMI answers", ["node"]);
  const calls = gauge("hearback_asterisk_calls", "Calls up in this node, whoever's", ["node"]);
  const database = gauge("hearback_database_up", "1 while the database answers");
  const clock = gauge("hearback_clock_difference_seconds", "The database's clock minus ours");
  const apart = gauge("hearback_clock_apart", "1 when the clocks differ by more than 2 s");
  const disk = gauge("hearback_story_disk_free_bytes", "Room where stories are kept");
  const work = createWorkGauges(gauge);
  return {
    set: (signs: VitalSigns): void => {
      for (const one of all) one.reset();
      // A gauge without labels stands at 0 after a reset: what is not known is shown as no number.
      for (const unknown of [limit, clock, apart, disk]) unknown.set(Number.NaN);
      ready.set(Number(readinessOf(signs).ready));
      dialling.set(Number(signs.notDialling === null));
      live.set(signs.callsUnderWay);
      if (signs.maxCalls !== null) limit.set(signs.maxCalls);
      for (const node of signs.nodes) {
        asterisk.set({ node: node.name }, Number(node.ari === "ready"));
        draining.set({ node: node.name }, Number(node.draining));
        eased.set({ node: node.name }, Number(node.eased));
        if (node.ami !== null) ami.set({ node: node.name }, Number(node.ami === "connected"));
        if (node.calls !== null) calls.set({ node: node.name }, node.calls);
      }
      if (signs.disk.kind === "read") disk.set(signs.disk.freeBytes);
      database.set(Number(signs.database.kind === "there"));
      if (signs.database.kind === "there") {
        clock.set(signs.database.clock.differenceMs / 1000);
        apart.set(Number(clockApartMs(signs.database) !== null));
      }
      work(signs.database.kind === "there" ? signs.database.work : null);
    },
  };
}

type Work = Extract<VitalSigns["database"], { kind: "there" }>["work"];

function createWorkGauges(gauge: (name: string, help: string, labelNames?: string[]) => Gauge) {
  const promises = gauge("hearback_promises", "Callbacks promised to patients, by how they stand", ["state"]);
  const waiting = gauge("hearback_jobs_waiting", "Jobs still to be done", ["task"]);
  const failed = gauge("hearback_jobs_failed", "Jobs given up", ["task"]);
  const oldest = gauge("hearback_jobs_oldest_seconds", "Age of the oldest job still to be done", ["task"]);
  const stories = gauge("hearback_transcripts", "Stories without words, by why", ["state"]);
  const wordless = gauge(
    "hearback_transcripts_oldest_seconds",
    "Age of the oldest story that waits for words",
    ["state"],
  );
  const campaigns = gauge("hearback_campaigns", "Running campaigns; permitted: inside their hours now", [
    "state",
  ]);
  const due = gauge("hearback_visits", "Visits of running campaigns still to be called", ["state"]);
  const urgent = gauge("hearback_urgent_stories", "Stories flagged as urgent and not closed", ["state"]);
  const untaken = gauge(
    "hearback_urgent_untaken_oldest_seconds",
    "Since the flag of the first that nobody took",
  );
  const trunk = gauge(
    "hearback_trunk_share",
    "Of the trunk's calls per second; below 1 while it refuses calls",
  );
  const alerts = gauge("hearback_alerts_open", "What people were told and is still so", ["kind"]);
  return (work: Work): void => {
    trunk.set(work ? work.trunkShare : Number.NaN);
    if (!work) return;
    for (const [state, count] of Object.entries(work.promises)) promises.set({ state }, count);
    for (const job of work.jobs) {
      waiting.set({ task: job.task }, job.waiting);
      failed.set({ task: job.task }, job.failed);
      oldest.set({ task: job.task }, job.oldestSeconds ?? 0);
    }
    stories.set({ state: "waiting" }, work.transcripts.waiting);
    stories.set({ state: "given_up" }, work.transcripts.givenUp);
    wordless.set({ state: "waiting" }, work.transcripts.oldestSeconds ?? 0);
    campaigns.set({ state: "running" }, work.campaigns.running);
    campaigns.set({ state: "permitted" }, work.campaigns.permittedNow);
    due.set({ state: "due" }, work.visitsDue);
    urgent.set({ state: "open" }, work.urgent.open);
    urgent.set({ state: "untaken" }, work.urgent.untaken.length);
    untaken.set(work.urgent.oldestUntakenSeconds ?? 0);
    for (const [kind, open] of Object.entries(work.openAlerts)) alerts.set({ kind }, open);
  };
}
