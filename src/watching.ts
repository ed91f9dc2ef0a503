/** Everything that looks on while calls are made: metrics, readiness, the clocks, the alerts, and the HTTP server. */
import { hostname } from "node:os";
import type { Pool } from "pg";
import type { Channel, Messengers } from "#alerts/ports.ts";
import { clockApartMs, type VitalSigns } from "#alerts/vital-signs.ts";
import { createAlertWatch, lookEveryMs } from "#alerts/watch.ts";
import type { NodePool } from "#asterisk/node-pool.ts";
import type { CallTimes } from "#call/ports.ts";
import type { AttemptEvent } from "#campaign/attempt.ts";
import type { Settings } from "#config.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createPeriodic } from "#lib/periodic.ts";
import { createMail } from "#notify/mail.ts";
import { createWebhook } from "#notify/webhook.ts";
import { alertMessage, createAlertBook } from "#postgres/alert-book.ts";
import { createJobRunner, type JobTasks } from "#postgres/jobs.ts";
import { keptAfterMs } from "#postgres/vital-signs.ts";
import type { StoryRows } from "#recording/ports.ts";
import { createMetrics } from "#web/metrics.ts";
import { createRoomGate, roomEveryMs } from "./room-gate.ts";
import { lookAtDatabase, lookAtVitals } from "./vitals.ts";

export interface WatchingParts {
  settings: Settings;
  pool: Pool;
  owner: string;
  telephone: Pick<NodePool, "nodes" | "isDraining" | "isEased">;
  clock: Clock;
  logger: Logger;
  /** Attempts of ours that have not ended. */
  callsUnderWay(): number;
  /** Why the database keeps calls from being begun; null when it does not. */
  databaseAway(): string | null;
}

export type Watching = ReturnType<typeof createWatching>;

/** Nothing is looked at before `start`. */
export function createWatching(parts: WatchingParts) {
  const { settings, pool, clock, logger } = parts;
  const metrics = createMetrics();
  const clocks = createClockGate(parts);
  const room = createRoomGate(parts);
  const notDialling = () => parts.databaseAway() ?? clocks.notDialling() ?? room.notDialling();
  const vitals = (): Promise<VitalSigns> => lookAtVitals({ ...parts, notDialling });
  const messengers = messengersOf(settings, clock);
  const alerts = createAlertWatch({
    ...{ vitals, clock, repeatHours: settings.alertRepeatHours },
    book: createAlertBook(pool, Object.keys(messengers) as Channel[]),
    limits: { wordsLateHours: settings.wordsLateHours, host: hostname() },
  });
  const times: CallTimes = {
    firstAudio: metrics.firstAudio,
    keyToPrompt: metrics.keyToPrompt,
    takenOver: (attemptId, gapMs) => {
      logger.warn({ attemptId, gapMs: Math.round(gapMs) }, "a call goes on whose process died");
      metrics.takenOver(gapMs);
    },
    silent: (callId) => {
      logger.error({ callId }, "somebody was on the line with us and heard nothing for two seconds");
      metrics.silentCall();
      alerts.silentCall(callId);
    },
  };
  return {
    ...{ metrics, vitals, times },
    /** Why no call may be begun; null when one may. */
    notDialling,
    compareClocks: clocks.look,
    onEvent: (event: AttemptEvent): void => {
      if (event.kind === "claimed") metrics.attemptStarted();
      if (event.kind === "ended" && event.ending.disposition !== "pending")
        metrics.attemptEnded(event.ending.disposition);
    },
    /** The same, measured: how long after a call's end its story is safe. */
    measured: (stories: StoryRows): StoryRows => ({
      ...stories,
      stored: async (storyId, audio) => {
        const isWanted = await stories.stored(storyId, audio);
        const ms = isWanted ? await keptAfterMs(pool, storyId).catch(() => null) : null;
        if (ms !== null) metrics.storyKept(ms);
        return isWanted;
      },
    }),
    /** The clocks have been compared when this resolves. @returns what ends it */
    start: async (): Promise<() => Promise<void>> => {
      await Promise.all([clocks.look(), room.look()]);
      const faulty = (what: string) => (thrown: unknown) =>
        logger.error({ problem: messageOf(thrown) }, what);
      const clockWatch = createPeriodic(
        clock,
        lookEveryMs,
        clocks.look,
        faulty("the clocks were not compared"),
      );
      const watch = createPeriodic(
        clock,
        lookEveryMs,
        alerts.look,
        faulty("the alerts could not be settled"),
      );
      const sending = await createJobRunner(pool, sendTasks(pool, messengers), {
        ...{ concurrency: 1, owner: parts.owner, logger },
      });
      const roomWatch = createPeriodic(clock, roomEveryMs, room.look, faulty("the disk was not looked at"));
      clockWatch.start();
      roomWatch.start();
      watch.start();
      return async () => {
        await Promise.all([clockWatch.stop(), roomWatch.stop(), watch.stop(), sending.stop()]);
      };
    },
  };
}

/** Compares the clocks; where the database is away it is as it was, and nothing is dialled for other reasons. */
function createClockGate({ pool, clock, logger }: WatchingParts) {
  let why: string | null = null;
  return {
    notDialling: () => why,
    look: async (): Promise<void> => {
      const database = await lookAtDatabase({ pool, clock }, { work: false });
      if (database.kind === "away") return;
      const apart = clockApartMs(database);
      if (apart !== null && why === null)
        logger.error({ differenceMs: Math.round(apart) }, "the clocks differ: nothing is dialled");
      if (apart === null && why !== null) logger.info({}, "the clocks agree again");
      why = apart === null ? null : "the clock differs from the database's by more than 2 s";
    },
  };
}

function messengersOf(settings: Settings, clock: Clock): Messengers {
  const { alertWebhookUrl: url, alertWebhookSecret: secret, smtpUrl, alertMailFrom, alertMailTo } = settings;
  return {
    ...(url && secret ? { webhook: createWebhook({ url, secret, clock }) } : {}),
    ...(smtpUrl && alertMailFrom && alertMailTo
      ? { mail: createMail({ url: smtpUrl, from: alertMailFrom, to: alertMailTo }) }
      : {}),
  };
}

/** A message whose way is no longer set up is left in the queue until it is given up. */
const sendTasks = (pool: Pool, messengers: Messengers): JobTasks => ({
  "send-alert": async ({ messageId, channel }) => {
    const alert = await alertMessage(pool, messageId);
    if (!alert) return;
    const messenger = messengers[channel];
    if (!messenger)
      throw new AppError("channel_missing", `Alerts by ${channel} are not set up.`, { messageId });
    await messenger.send(alert);
  },
});
