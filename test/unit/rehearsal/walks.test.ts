import { describe, expect, it, vi } from "vitest";
import { edgesOf } from "#flow/edges.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { compareSound } from "#rehearsal/walks/compare-sound.ts";
import { planWalks } from "#rehearsal/walks/plan.ts";
import { promptsHeard } from "#rehearsal/walks/prompts-heard.ts";
import { readingFlow } from "#rehearsal/walks/reading.ts";
import { heardOutIn, soundIn } from "#rehearsal/walks/recordings.ts";
import { soundsOf } from "#rehearsal/walks/sounds.ts";
import { voiceFrames } from "#rehearsal/walks/voice.ts";
import { walkOnRehearsal } from "#rehearsal/walks/walk-on-rehearsal.ts";
import type { Playback } from "#rehearsal/walks/watched-line.ts";
import { hashOf } from "#release/files.ts";
import { shippedFiles } from "../../support/shipped-flows.ts";
import { tiny } from "../../support/tiny-flow.ts";

const sounds = soundsOf(shippedFiles);
const nameOf = (prompt: string) => soundName(hashOf(shippedFiles.get(`prompts/en-GB/${prompt}.wav`)!));
const bytesOf = (prompt: string) => sounds.byName.get(nameOf(prompt))!;
const piece = (prompt: string) => ({ prompt, sound: nameOf(prompt) });
const silence = (ms: number) => new Uint8Array(ms * 8).fill(0xd5);
const said = (prompts: string[], end: Playback["end"] = "complete", forMs = 60_000): Playback => ({
  ...{ step: "menu", audio: prompts.map(piece), end },
  ...{ started: { atMs: 0, heardMs: 0 }, ended: { atMs: forMs, heardMs: forMs } },
});
const compare = (playbacks: Playback[], heard: Uint8Array[]) =>
  compareSound(playbacks, Buffer.concat(heard), sounds);

/** The tiny flow with this one test. */
const withCall = (call: string) => {
  const tests = `calls:\n  - { name: the only one, call: ${call}, expect: { disposition: no_response } }\n`;
  return new Map(tiny).set("flows/tiny.test.yaml", new TextEncoder().encode(tests));
};

describe("the plan of walks", () => {
  const shipped = planWalks(shippedFiles, sounds);

  it("takes every branch of every shipped flow, with fewer calls than there are tests", async () => {
    const { walks, uncovered, flows } = await shipped;
    expect(uncovered).toEqual([]);
    const taken = new Set(
      walks.flatMap(({ ways }) => ways.map(({ flow, from, on }) => `${flow} ${from} ${on}`)),
    );
    const fft = flows.get("fft")!;
    for (const { on } of edgesOf(fft, "question")) expect(taken).toContain(`fft question ${on}`);
    expect(walks.some(({ script }) => script.call.some((act) => "hangUp" in act))).toBe(true);
    expect(walks.length).toBeLessThan(160);
    expect(Math.max(...walks.map(({ lastsMs }) => lastsMs))).toBeLessThan(240_000);
  });

  it("is given up between two calls on paper when somebody stops it", async () => {
    const stopped = new Error("stopped");
    let pauses = 0;
    const pause = async () => {
      pauses += 1;
      if (pauses === 3) throw stopped;
    };
    await expect(planWalks(shippedFiles, sounds, { pause })).rejects.toBe(stopped);
    expect(pauses).toBe(3);
  });

  it("answers every question of the FFT wrongly once", async () => {
    const { walks } = await planWalks(shippedFiles, sounds, { only: ["fft"] });
    const pressed = new Set(walks.flatMap(({ wrongKeys }) => wrongKeys.map(({ step }) => step)));
    expect([...pressed]).toEqual(
      expect.arrayContaining([
        "greeting",
        "question",
        "read-back",
        "review",
        "consent",
        "callback",
        "opt-out",
      ]),
    );
    const consent = walks.find(({ wrongKeys }) => wrongKeys.some(({ step }) => step === "consent"))!;
    expect(consent.ways.map(({ from, on }) => `${from}, ${on}`)).toContain("thanks, next");
  });

  it("gives a call a key too many, and it goes on as it did", async () => {
    const { walks, uncovered } = await planWalks(withCall('[{ hear: good }, { press: "1" }]'), sounds, {
      only: ["tiny"],
    });
    const wrong = walks.filter(({ wrongKeys }) => wrongKeys.length > 0);
    expect(wrong.map(({ script }) => script.name)).toEqual([
      expect.stringMatching(/^the only one, .*with a wrong key/),
    ]);
    expect(wrong[0]!.wrongKeys).toEqual([{ flow: "tiny", step: "question" }]);
    expect(wrong[0]!.ways.map(({ on }) => on)).toContain("key 1");
    expect(uncovered.filter((way) => way.includes("wrong key"))).toEqual([]);
  });

  it("tells what was heard in which language, and what of it no caller came to hear, or only in a call that failed", async () => {
    const { walks, recordings } = await planWalks(withCall('[{ hear: good }, { press: "1" }]'), sounds, {
      only: ["tiny"],
    });
    const inWelsh = walks.filter(({ script }) => script.language === "cy-GB");
    const [english, welsh] = promptsHeard(
      recordings,
      walks.filter((walk) => !inWelsh.includes(walk)),
    );
    expect(english).toEqual({
      ...{ language: "en-GB", heard: ["good", "goodbye", "hello", "very-good"] },
      ...{ byThemselves: ["opted-out (tiny)"], valuesByThemselves: [], notHeard: [], notRecorded: [] },
    });
    expect(welsh).toMatchObject({ language: "cy-GB", heard: [], byThemselves: [] });
    expect(welsh!.notHeard).toContain("very-good (tiny)");
  });

  it("tells a prompt that is not recorded in a language", async () => {
    const files = new Map(tiny);
    files.delete("prompts/cy-GB/very-good.wav");
    const { recordings, walks } = await planWalks(files, sounds);
    const [, welsh] = promptsHeard(recordings, walks);
    expect(welsh).toMatchObject({ language: "cy-GB", notRecorded: ["very-good"], notHeard: [] });
    expect(welsh!.heard).not.toContain("very-good");
  });

  it("tells a question in which no call presses any key", async () => {
    const { uncovered } = await planWalks(withCall("[]"), sounds, { only: ["tiny"] });
    expect(uncovered).toContain("tiny: step question, a wrong key: a flow test that presses one covers it");
  });

  it("lets a caller hear out every prompt of every shipped flow, in every language", async () => {
    const { walks, recordings } = await shipped;
    const heard = new Set(walks.filter(({ flow }) => flow.flow !== readingFlow).flatMap(heardOutIn));
    const named = recordings.recorded.filter(({ ofValue }) => !ofValue);
    expect(new Set(named.map(({ language }) => language))).toEqual(new Set(["en-GB", "cy-GB"]));
    const left = named.filter(({ flow, sound }) => !heard.has(soundIn(flow, sound)));
    // Said only where another process takes a call over.
    expect(new Set(left.map(({ prompt }) => prompt))).toEqual(new Set(["let-me-repeat"]));
    expect(recordings.missing).toEqual([]);
  });

  it("has what no caller is told said by itself, so that every recording is heard", async () => {
    const { walks, recordings } = await shipped;
    const heard = new Set(walks.flatMap(({ heardOut }) => [...heardOut]));
    expect(recordings.recorded.filter(({ sound }) => !heard.has(sound))).toEqual([]);
    const read = walks.filter(({ flow }) => flow.flow === readingFlow);
    const prompts = read.flatMap(({ heard: said }) => said.map(({ prompt }) => prompt));
    expect(prompts).toEqual(
      expect.arrayContaining(["let-me-repeat", "number-99", "day-31", "story-limit-180s"]),
    );
    expect(Math.max(...read.map(({ lastsMs }) => lastsMs))).toBeLessThan(120_000);
  });

  it("meets each question of every shipped flow with a wrong key, silence, the key for again and a hang-up", async () => {
    const { walks, flows, uncovered } = await shipped;
    expect(uncovered).toEqual([]);
    const of = (kind: "wrongKeys" | "silences" | "pressed") =>
      new Set(
        walks
          .flatMap((walk) => walk[kind] as { flow: string; step: string; digit?: string }[])
          .filter(({ digit = "*" }) => digit === "*")
          .map(({ flow, step }) => `${flow} ${step}`),
      );
    const hungUp = new Set(
      walks.flatMap(({ hungUpIn }) => (hungUpIn ? `${hungUpIn.flow} ${hungUpIn.step}` : [])),
    );
    for (const flow of flows.values())
      for (const [name, { kind }] of Object.entries(flow.steps)) {
        const step = `${flow.flow} ${name}`;
        if (["menu", "callback", "digits"].includes(kind)) {
          for (const slip of ["wrongKeys", "silences"] as const) expect(of(slip)).toContain(step);
          if (kind !== "digits") expect(of("pressed")).toContain(step);
        }
        if (["menu", "callback", "digits", "record", "opt-out"].includes(kind))
          expect(hungUp).toContain(step);
      }
    for (const saidBack of ["appointment move, said back", "ring-back key-number, said back"])
      for (const slip of ["wrongKeys", "silences", "pressed"] as const) expect(of(slip)).toContain(saidBack);
  });

  it("tells a branch that none of the calls takes", async () => {
    const files = new Map(shippedFiles);
    const file = "flows/ring-back.test.yaml";
    const tests = new TextDecoder().decode(files.get(file));
    files.set(
      file,
      new TextEncoder().encode(tests.slice(0, tests.indexOf("  - name: a withheld number is keyed"))),
    );
    const { uncovered } = await planWalks(files, sounds, { only: ["ring-back"] });
    expect(uncovered).toContain("ring-back: step key-number, unanswered (to number-goodbye)");
  });
});

it("a branch that only a lost line takes is told, and need not be walked", async () => {
  const files = new Map(shippedFiles);
  const file = "flows/ring-back.test.yaml";
  const tests = new TextDecoder().decode(files.get(file));
  const lost = tests.replaceAll(
    /(?<!- ){ press: "2" }/g,
    '{ press: "2" }, { hearOut: true }, { lose: true }',
  );
  files.set(file, new TextEncoder().encode(lost));
  const plan = await planWalks(files, sounds, { only: ["ring-back"] });
  expect(plan.onPaperOnly).toEqual([
    "ring-back: step who, key 2 (to somebody-else)",
    "ring-back: step key-number, what was keyed is said back, and keyed again",
  ]);
});

describe("the far end's ear", () => {
  const two = [bytesOf("hello"), silence(800), bytesOf("declined"), silence(300)];

  it("finds every prompt in its order", () => {
    expect(compare([said(["hello", "declined"])], two)).toEqual({
      heard: ["hello (en-GB)", "declined (en-GB)"],
      faults: [],
    });
  });

  it("finds them though frames were lost on the way, and though the caller was telling something meanwhile", () => {
    const long = bytesOf("welcome");
    const holed = [
      long.subarray(0, 16_000),
      long.subarray(16_480, 40_000),
      silence(60),
      long.subarray(40_000),
    ];
    expect(
      compare([said(["welcome", "goodbye"])], [...holed, silence(9_000), bytesOf("goodbye")]).faults,
    ).toEqual([]);
  });

  it("tells a missing prompt, and what was heard instead", () => {
    expect(
      compare([said(["hello", "declined"])], [bytesOf("hello"), bytesOf("wrong-person")]).faults,
    ).toEqual([
      { step: "menu", expected: '"declined (en-GB)"', got: '"wrong-person (en-GB)" was heard' },
      {
        ...{ step: "menu", expected: "nothing more" },
        got: expect.stringMatching(/ s of something else was heard: "wrong-person/),
      },
    ]);
  });

  it("tells one that should not have been there", () => {
    const heard = [bytesOf("hello"), silence(500), bytesOf("welcome"), silence(500), bytesOf("declined")];
    expect(compare([said(["hello", "declined"])], heard).faults).toEqual([
      {
        ...{ step: "menu", expected: '"declined (en-GB)" next' },
        got: expect.stringMatching(/ s of something else was heard: "welcome \(en-GB\)"$/),
      },
    ]);
  });

  it("asks of a prompt that a key cut off only what was out by then", () => {
    const part = bytesOf("welcome").subarray(0, 3_000 * 8);
    expect(compare([said(["welcome", "goodbye"], "stopped", 3_000)], [part]).faults).toEqual([]);
    expect(compare([said(["welcome"], "stopped", 3_000)], [bytesOf("goodbye")]).faults).toHaveLength(1);
  });

  it("tells what Asterisk could not play", () => {
    expect(compare([said(["hello"], "failed", 10)], []).faults).toEqual([
      { step: "menu", expected: '"hello (en-GB)"', got: "Asterisk could not play it" },
    ]);
  });

  it("knows what the caller told when it is said back", () => {
    const back: Playback = { ...said([], "complete", 3_000), audio: [{ recording: "x" }] };
    expect(compare([back], [Buffer.concat(voiceFrames(3_000))]).faults).toEqual([]);
    expect(compare([back], [silence(3_000)]).faults).toEqual([
      { step: "menu", expected: '"what they told"', got: "it was not heard" },
    ]);
  });
});

it("a walk that is stopped while it is planned ends there, and asks for no machine", async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  const mayGoOn = vi.fn(() => true);
  const asterisk = { folder: "/nowhere", mayDownload: false };
  const walking = walkOnRehearsal(shippedFiles, { signal: stop.signal, mayGoOn, asterisk });
  await expect(walking).rejects.toMatchObject({ code: "walk_stopped" });
  expect(mayGoOn).not.toHaveBeenCalled();
});
