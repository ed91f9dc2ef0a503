import { describe, expect, it } from "vitest";
import { toInt16 } from "#lib/audio/resample.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { asHeard } from "#prompts/as-heard.ts";
import { asHeardBeside, takeInBeside, takeInWav } from "#prompts/sounds-beside.ts";
import { hum, humWav } from "../../support/prompt-files.ts";

const text = "Hello there, and welcome.";
const wavOf = (of: Parameters<typeof hum>[0]) =>
  writeWav({ sampleRate: 48_000, samples: toInt16(hum({ sampleRate: 48_000, db: -26, ...of })) });
const hello = wavOf({ seconds: 1.5 });

/** Of this thread alone, in milliseconds. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

describe("a sound taken in beside the calls", () => {
  it("comes out as it would here", async () => {
    expect(await takeInBeside(hello, text)).toEqual(takeInWav(hello, text));
  });

  it("takes this thread a small part of the time", async () => {
    const long = wavOf({ seconds: 15, beforeMs: 8_000, afterMs: 8_000 });
    await takeInBeside(hello, text);
    const beside = await cpuOf(() => takeInBeside(long, text));
    const here = await cpuOf(() => takeInWav(long, text));
    expect(beside).toBeLessThan(here / 4);
  });

  it("is each its own, however many come at once", async () => {
    const quiet = wavOf({ seconds: 1.5, db: -70 });
    const [first, second, third, fourth] = await Promise.all([
      takeInBeside(hello, text),
      takeInBeside(quiet, text),
      takeInBeside(new TextEncoder().encode("no sound at all"), text),
      takeInBeside(hello, text),
    ]);
    expect(first).toMatchObject({ kind: "taken" });
    expect(second).toMatchObject({ faults: [{ rule: "sound-silent" }] });
    expect(third).toMatchObject({ faults: [{ rule: "sound-format", what: "it is no WAV file" }] });
    expect(fourth).toEqual(first);
  });

  it("is refused by its heading alone where it is no prompt but another file", async () => {
    const header = writeWav({ sampleRate: 16_000, samples: new Int16Array(20 * 60 * 16_000) });
    const told = { rule: "sound-long", what: "it takes 1200 s, and may take 90 with what is cut away" };
    const cpu = await cpuOf(async () =>
      expect(await takeInBeside(header, text)).toMatchObject({ kind: "refused", faults: [told] }),
    );
    expect(cpu, "24 s before").toBeLessThan(500);
  });
});

describe("a sound heard as on a telephone, beside the calls", () => {
  it("is as it would be here, and takes this thread a small part of the time", async () => {
    const wide = humWav({ seconds: 60, sampleRate: 16_000, hissDb: -30 });
    await asHeardBeside(humWav());
    let heard: Uint8Array = Buffer.alloc(0);
    const beside = await cpuOf(async () => {
      heard = await asHeardBeside(wide);
    });
    let here: Uint8Array = Buffer.alloc(0);
    const hereMs = await cpuOf(() => {
      here = asHeard(wide);
    });
    expect(heard).toEqual(Buffer.from(here));
    expect(beside).toBeLessThan(hereMs / 4);
  });

  it("breaks for itself alone where it is no WAV", async () => {
    const [none, one] = await Promise.allSettled([
      asHeardBeside(new TextEncoder().encode("no sound at all")),
      asHeardBeside(humWav()),
    ]);
    expect(none).toMatchObject({ status: "rejected" });
    expect(one).toMatchObject({ status: "fulfilled", value: Buffer.from(asHeard(humWav())) });
  });
});
