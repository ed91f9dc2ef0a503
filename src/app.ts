/** Joins everything: the adapters are built in app-parts.ts, and started in the order of app-start.ts. */
import type { Settings } from "#config.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { createLogger } from "#lib/logger.ts";
import { createStopOrder } from "#lib/stop-order.ts";
import { readVoice } from "#storage/flow-files.ts";
import { readyPauses } from "#storage/telephone-prompts.ts";
import { createWatching } from "#watching.ts";
import { buildParts, withPlacesToDie } from "./app-parts.ts";
import { type Starting, startAll } from "./app-start.ts";
import { buildVoices } from "./app-voices.ts";

export interface AppOptions {
  /** Accept a speech engine that is for rehearsals only. */
  allowRough: boolean;
  /** Ring for this campaign and no other: a test call beside a running `serve`. */
  onlyCampaign?: string;
  rehearsal?: {
    /** E.164 numbers outside the drama ranges that may be rung. */
    allowNumbers: ReadonlySet<string>;
  };
}

export interface App {
  /** Once only. `address`: null where no HTTP server listens. */
  start(): Promise<{ address: string | null }>;
  /** At any time, also while it starts: that is given up then. A second call waits for the same end. */
  stop(options?: { onWaiting?: (line: string) => void }): Promise<void>;
  /** Resolves, with the reason, once the app cannot go on by itself and should be stopped. */
  failed: Promise<Error>;
}

/** Reads flows and prompts and builds every part; nothing is connected before `start`. Throws AppError on faults. */
export async function createApp(settings: Settings, options: AppOptions): Promise<App> {
  const logger = createLogger({
    level: settings.logLevel,
    ...(settings.logFile ? { file: settings.logFile } : {}),
  });
  // Refuses what no caller should ever hear; what calls say is read by the voices below.
  const { prompts } = readVoice(settings);
  const soundsFolders = settings.nodes.map(({ soundsFolder }) => soundsFolder);
  const mediaUri = readyPauses(prompts.language, soundsFolders);
  const parts = await buildParts({
    ...{ settings, logger, mediaUri },
    onlyInstance: options.rehearsal !== undefined,
    onlyCampaign: options.onlyCampaign ?? null,
    allowRough: options.allowRough,
  });
  return appOf({ settings, options, logger, parts: withPlacesToDie(parts) });
}

async function appOf(
  joined: Omit<Starting, "order" | "stopping" | "fail" | "watching" | "calls" | "voices">,
): Promise<App> {
  const failed = Promise.withResolvers<Error>();
  const stopping = new AbortController();
  const order = createStopOrder({
    clock,
    onFault: (what, thrown) =>
      joined.logger.error({ problem: messageOf(thrown) }, `${what} could not be stopped`),
  });
  const calls: Starting["calls"] = { underWay: () => 0 };
  const { settings, options, logger, parts } = joined;
  const watching = createWatching({
    ...{ ...parts, settings, clock, logger },
    callsUnderWay: () => calls.underWay(),
    databaseAway: () => parts.answers.writes.whyNot(),
  });
  const rehearsal = options.rehearsal !== undefined;
  const voices = await buildVoices({ settings, rehearsal, parts, metrics: watching.metrics, logger });
  order.add("the database", parts.closeDatabase);
  order.add("the telephone", () => parts.telephone.stop());
  let started: Promise<unknown> = Promise.resolve();
  let stopped: Promise<void> | null = null;
  const stopAll = async (onWaiting: (line: string) => void) => {
    stopping.abort(new AppError("stopped", "stopped before everything was up"));
    // A step under way still adds what it began; each ends by itself, or by the signal.
    await started.catch(() => {});
    await order.stopAll((what) => onWaiting(`waiting for ${what} to end`));
  };
  return {
    start: () => {
      const starting = startAll({
        ...joined,
        watching,
        voices,
        calls,
        order,
        stopping: stopping.signal,
        fail: failed.resolve,
      });
      started = starting;
      return starting;
    },
    stop: ({ onWaiting = () => {} } = {}) => {
      stopped ??= stopAll(onWaiting);
      return stopped;
    },
    failed: failed.promise,
  };
}
