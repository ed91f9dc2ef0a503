/** A minute of sound, the same for every story. */
import { toALawWav } from "#recording/a-law-wav.ts";
import type { StoryStore } from "#recording/ports.ts";

const minute = toALawWav(Uint8Array.from({ length: 480_000 }, (_, i) => (i * 13 + (i >> 8)) & 0xff));

const kept = async (): Promise<never> => {
  throw new Error("the benchmark keeps no sound");
};

export const oneMinute: StoryStore = {
  ...{ put: kept, remove: kept, read: async () => minute },
  size: async () => minute.length,
  readRange: async (_key, from, to) => minute.subarray(from, to),
};
