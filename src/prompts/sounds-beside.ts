/**
 * What pages do with sounds, in one thread that stays, beside the calls: to take in a prompt of 20 s is half a second,
 * and Asterisk closes a socket that is not read for one (RELIABILITY.md, finding 4). One file after the other.
 */
import { readAnyWav } from "#lib/audio/any-wav.ts";
import { wavLengthMs } from "#lib/audio/wav-length.ts";
import { messageOf } from "#lib/errors.ts";
import { answerOrders, threadThatStays } from "#lib/thread.ts";
import { asHeard } from "./as-heard.ts";
import { type Refused, refusedAsLong, type TakenSound, takeIn } from "./take-in.ts";

interface Order {
  bytes: Uint8Array;
  /** The words that it is to say; null: it is only to be heard. */
  text: string | null;
}

const work = "takes sounds in";
const thread = threadThatStays<Order, unknown>(import.meta.url, work);

/**
 * takeIn of a WAV file. Rejects only where no thread can be had. What is too long by its heading is refused before
 * anybody waits for it.
 * @param text the words that it is to say
 */
export async function takeInBeside(bytes: Uint8Array, text: string): Promise<TakenSound | Refused> {
  const tooLong = refusedAsLong((wavLengthMs(bytes) ?? 0) / 1000);
  return tooLong ?? ((await thread({ bytes, text })) as TakenSound | Refused);
}

/** asHeard: a wide sound of 20 s takes a tenth of a second. Rejects as it does. */
export const asHeardBeside = async (bytes: Uint8Array): Promise<Buffer> =>
  Buffer.from((await thread({ bytes, text: null })) as Uint8Array);

/** The same, here and now. */
export function takeInWav(bytes: Uint8Array, text: string): TakenSound | Refused {
  try {
    return takeIn(readAnyWav(bytes), text);
  } catch (thrown) {
    const instead = "save it as WAV, or use hearback prompts import, which takes other formats";
    return {
      kind: "refused",
      faults: [{ rule: "sound-format", level: "fault", what: messageOf(thrown), instead }],
    };
  }
}

answerOrders<Order, unknown>(work, ({ bytes, text }) =>
  text === null ? asHeard(bytes) : takeInWav(bytes, text),
);
