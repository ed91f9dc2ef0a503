/** Rings a telephone for whoever records prompts: an application of its own in Asterisk, beside the calls that go on. */
import { AriConnection } from "#asterisk/ari-connection.ts";
import { createAriTelephone } from "#asterisk/ari-telephone.ts";
import { createRecordingSpool } from "#asterisk/recording-spool.ts";
import { trustAuthorities } from "#asterisk/trust.ts";
import type { StudioCall, StudioOrder } from "#cli/ports.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger as logger } from "#lib/logger.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { installByContent } from "#storage/telephone-prompts.ts";

const ringSeconds = 40;
/** A hundred prompts, with breaks. */
const maxCallSeconds = 3 * 3600;

export async function ringStudio(order: StudioOrder): Promise<StudioCall> {
  const { settings, phone, callerNumber, files, signal } = order;
  const access = settings.nodes[0]!;
  trustAuthorities([access.ariCa]);
  await installByContent(files, [access.soundsFolder]);
  const app = `${settings.ariApp}-${newName("studio")}`;
  const { ariUrl: url, ariUser: user, ariPassword: password, trunk, name: node } = access;
  const connection = new AriConnection({ ...{ url, user, password, app, clock, logger } });
  const telephone = createAriTelephone({
    ...{ connection, trunk, clock, logger },
    mediaOf: (piece) => {
      if ("recording" in piece) return [`recording:${piece.recording}`];
      return "sound" in piece ? [`sound:${piece.sound}`] : [];
    },
  });
  const close = async () => {
    telephone.close();
    await connection.stop();
  };
  try {
    await connection.start();
    signal.throwIfAborted();
    const attemptId = newName("studio");
    const outcome = await telephone.dial(
      { attemptId, channelId: `hb-${attemptId}`, phone, callerNumber, ringSeconds, maxCallSeconds, node },
      () => {},
    );
    if (outcome.kind !== "answered")
      throw new AppError("not_answered", "Nobody answered, or the telephone could not be reached.");
    const { line } = outcome;
    signal.addEventListener("abort", () => line.hangUp(), { once: true });
    const spool = createRecordingSpool(connection);
    const watch = { fellBack: () => {}, missing: () => {} };
    return {
      ...{ line, clock, close, book: promptBook(files, { watch, rehearsal: true }) },
      newName: () => `hb-${newName("studio")}`,
      read: (recording) => spool.read(recording),
      remove: (recording) => spool.remove(recording),
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
