/** `node src/rehearsal/sealing-speed.ts`: how fast stories are sealed and read on this machine, told line by line. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalStore } from "#storage/local-disk.ts";
import { newStoryKey, openAudio, sealAudio } from "#storage/sealed-audio.ts";
import { createSealedStore, type StoryKeys } from "#storage/sealed-store.ts";

const storyBytes = 1_440_058; // three minutes of A-law in a WAV
const pieceBytes = 65_536;
const rounds = 100;
const audio = randomBytes(storyBytes);
const key = newStoryKey();

/** Tells what a second of this moves, and what one takes. */
async function measure(what: string, bytes: number, once: (round: number) => unknown): Promise<void> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = process.hrtime.bigint();
    await once(round);
    took.push(Number(process.hrtime.bigint() - begun) / 1e6);
  }
  const total = took.reduce((sum, ms) => sum + ms, 0);
  const p95 = took.toSorted((a, b) => a - b)[Math.floor(rounds * 0.95)]!;
  const speed = (bytes * rounds) / 1e6 / (total / 1e3);
  process.stdout.write(
    `${what.padEnd(44)} ${speed.toFixed(0).padStart(6)} MB/s   95 % within ${p95.toFixed(2)} ms\n`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "hearback-sealing-"));
try {
  const keys: StoryKeys = { keyFor: async () => key, find: async () => ({ key, lies: "sealed" }) };
  const disk = await createLocalStore(folder);
  const store = createSealedStore(disk, keys);
  const sealed = sealAudio(audio, { storyId: "speed", key });
  await store.put("speed.wav", audio);
  const at = () => Math.floor(Math.random() * (storyBytes - pieceBytes));
  await measure("sealing a story of three minutes, in memory", storyBytes, () =>
    sealAudio(audio, { storyId: "speed", key }),
  );
  await measure("opening it, in memory", storyBytes, () => openAudio(sealed, { storyId: "speed", key }));
  await measure("keeping it: sealed, synced, read back, opened", storyBytes, (round) =>
    store.put(`speed-${round}.wav`, audio),
  );
  await measure("reading it whole from the disk", storyBytes, () => store.read("speed.wav"));
  await measure("reading 64 KiB anywhere in it", pieceBytes, () => {
    const from = at();
    return store.readRange("speed.wav", from, from + pieceBytes);
  });
  await measure("the same, in plain", pieceBytes, () => {
    const from = at();
    return disk.readRange("speed.wav.sealed", from, from + pieceBytes);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
