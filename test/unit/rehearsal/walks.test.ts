import { setImmediate as turn } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { readFlows } from "#flow/check/check-flows.ts";
import { edgesOf } from "#flow/edges.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { compareSound } from "#rehearsal/walks/compare-sound.ts";
import { type Plan, type PlanOptions, planWalks } from "#rehearsal/walks/plan.ts";
import { promptsHeard } from "#rehearsal/walks/prompts-heard.ts";
import { readingFlow } from "#rehearsal/walks/reading.ts";
import { heardOutIn, soundIn } from "#rehearsal/walks/recordings.ts";
import { slips } from "#rehearsal/walks/slips.ts";
import { soundsOf } from "#rehearsal/walks/sounds.ts";
import { voiceFrames } from "#rehearsal/walks/voice.ts";
import { walkOnRehearsal } from "#rehearsal/walks/walk-on-rehearsal.ts";
import type { Playback } from "#rehearsal/walks/watched-line.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { walkScript } from "#walk/walk-script.ts";
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

/** Without pauses it would hold the thread until it is done, and no timer of the test's would go off. */
const planned = (files: ReleaseFiles, options: PlanOptions = {}) =>
  planWalks(files, sounds, { pause: () => turn(), ...options });
/** For plans of shipped flows, which take a machine that is busy long. */
const long = { timeout: 180_000 };

describe("the plan of walks", () => {
  let shipped: Plan;
  beforeAll(async () => {
    shipped = await planned(shippedFiles);
  }, 300_000);

  it("takes every branch of every shipped flow, with fewer calls than there are tests", async () => {
    const { walks, uncovered, flows } = shipped;
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

  it("is given up between two calls on paper when somebody stops it", long, async () => {
    const stopped = new Error("stopped");
    let pauses = 0;
    const pause = async () => {
      pauses += 1;
      if (pauses === 3) throw stopped;
    };
    await expect(planned(shippedFiles, { pause })).rejects.toBe(stopped);
    expect(pauses).toBe(3);
  });

  it("answers every question of the FFT wrongly once", long, async () => {
    const { walks } = await planned(shippedFiles, { only: ["fft"] });
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
    const { walks, uncovered } = await planned(withCall('[{ hear: good }, { press: "1" }]'), {
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
    const { walks, recordings } = await planned(withCall('[{ hear: good }, { press: "2" }]'), {
      only: ["tiny"],
    });
    const inWelsh = walks.filter(({ script }) => script.language === "cy-GB");
    const [english, welsh] = promptsHeard(
      recordings,
      walks.filter((walk) => !inWelsh.includes(walk)),
    );
    expect(english).toEqual({
      ...{ language: "en-GB", heard: ["good", "goodbye", "hello", "opted-out"] },
      ...{ byThemselves: ["very-good (tiny)"], valuesByThemselves: [], notHeard: [], notRecorded: [] },
    });
    expect(welsh).toMatchObject({ language: "cy-GB", heard: [], byThemselves: [] });
    expect(welsh!.notHeard).toContain("very-good (tiny)");
  });

  it("tells a prompt that is not recorded in a language", async () => {
    const files = new Map(tiny);
    files.delete("prompts/cy-GB/very-good.wav");
    const { recordings, walks } = await planned(files);
    const [, welsh] = promptsHeard(recordings, walks);
    expect(welsh).toMatchObject({ language: "cy-GB", notRecorded: ["very-good"], notHeard: [] });
    expect(welsh!.heard).not.toContain("very-good");
  });

  it("tells a question in which no call presses any key", async () => {
    const { uncovered } = await planned(withCall("[]"), { only: ["tiny"] });
    expect(uncovered).toContain("tiny: step question, a wrong key: a flow test that presses one covers it");
  });

  it.each([
    ["a key before it", '[{ hear: good }, { press: "1" }]'],
    ["no key at all", "[]"],
  ])("lets somebody opt out, and hang up, where no flow test does: %s", async (_, call) => {
    const { walks, uncovered } = await planned(withCall(call), { only: ["tiny"] });
    expect(uncovered.filter((way) => /opts out|hangs up/.test(way))).toEqual([]);
    const optsOut = walks.find(({ script }) => script.name === "opts out")!;
    expect(optsOut.ways.map(({ from, on, to }) => ({ from, on, to }))).toContainEqual({
      ...{ from: "question", on: null, to: "opt-out" },
    });
    expect(walks.some(({ hungUpIn }) => hungUpIn?.step === "question")).toBe(true);
  });

  it("tells by what such a thing is covered, and of a question that no pretend telephone comes to, that it is on paper only", async () => {
    const { uncovered, onPaperOnly } = await planned(
      withCall('[{ hear: good }, { press: "7" }, { hear: hello }, { lose: true }]'),
      {
        only: ["tiny"],
      },
    );
    expect(uncovered).toEqual(
      expect.arrayContaining([
        "tiny: somebody opts out by 9: a flow test that presses 9 covers it",
        "tiny: somebody hangs up in the middle: a flow test with { hangUp: true } covers it",
      ]),
    );
    expect(onPaperOnly).toEqual(
      expect.arrayContaining([
        "tiny: step question, a wrong key",
        "tiny: step question, silence",
        "tiny: step question, say it again",
        "tiny: step question, somebody hangs up there",
      ]),
    );
  });

  it("asks to hear a question again by the key of the flow that it is in", async () => {
    const { flows } = readFlows(shippedFiles);
    const other = { ...flows.get("fft")!.everywhere, repeat: "0" };
    const both = new Map(flows).set("fft", { ...flows.get("fft")!, everywhere: other });
    const again = slips.find(({ told }) => told === ", heard again")!;
    expect(again.acts([...both.values()])).toEqual([[{ press: "*" }], [{ press: "0" }]]);
    const acts = [
      ["ring-back-keys", "1"],
      ["ring-back-who-keys", "1"],
      ["for-good", "0"],
      ["for-good", "*"],
    ];
    const call = acts.flatMap(([hear, press]) => [{ hear: hear! }, { press: press! }]);
    const visit = { rating: null, story: false };
    const walked = await walkScript({ flow: both.get("ring-back")!, flows: both, script: { call, visit } });
    expect(walked.pressed.map(({ flow, digit }) => `${flow} ${digit}`)).toEqual([
      ...["ring-back 1", "ring-back 1", "fft 0", "fft *"],
    ]);
    expect(walked.pressed.flatMap(({ digit, repeats }) => (repeats ? digit : []))).toEqual(["0"]);
    expect(again.in(walked)).toEqual(["fft question repeat"]);
  });

  it("lets a caller hear out every prompt of every shipped flow, in every language", async () => {
    const { walks, recordings } = shipped;
    const heard = new Set(walks.filter(({ flow }) => flow.flow !== readingFlow).flatMap(heardOutIn));
    const named = recordings.recorded.filter(({ ofValue }) => !ofValue);
    expect(new Set(named.map(({ language }) => language))).toEqual(new Set(["en-GB", "cy-GB"]));
    const left = named.filter(({ flow, sound }) => !heard.has(soundIn(flow, sound)));
    // Said only where another process takes a call over.
    expect(new Set(left.map(({ prompt }) => prompt))).toEqual(new Set(["let-me-repeat"]));
    expect(recordings.missing).toEqual([]);
  });

  it("has what no caller is told said by itself, so that every recording is heard", async () => {
    const { walks, recordings } = shipped;
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
    const { walks, flows, uncovered } = shipped;
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

  it("tells a branch that none of the calls takes", long, async () => {
    const files = new Map(shippedFiles);
    const file = "flows/ring-back.test.yaml";
    const tests = new TextDecoder().decode(files.get(file));
    files.set(
      file,
      new TextEncoder().encode(tests.slice(0, tests.indexOf("  - name: a withheld number is keyed"))),
    );
    const { uncovered } = await planned(files, { only: ["ring-back"] });
    expect(uncovered).toContain("ring-back: step key-number, unanswered (to number-goodbye)");
  });
});

it("a branch that only a lost line takes is told, and need not be walked", long, async () => {
  const files = new Map(shippedFiles);
  const file = "flows/ring-back.test.yaml";
  const tests = new TextDecoder().decode(files.get(file));
  const lost = tests.replaceAll(
    /(?<!- ){ press: "2" }/g,
    '{ press: "2" }, { hearOut: true }, { lose: true }',
  );
  files.set(file, new TextEncoder().encode(lost));
  const plan = await planned(files, { only: ["ring-back"] });
  expect(plan.onPaperOnly).toEqual(["ring-back: step who, key 2 (to somebody-else)"]);
  // No flow test does it that a pretend telephone can make: one is taken up to there.
  const again = plan.walks.find(({ script }) => script.name === "keys key-number again")!;
  expect(again.pressed).toContainEqual(
    expect.objectContaining({ flow: "ring-back", step: "key-number, said back", digit: "2" }),
  );
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

it("a walk that is stopped while it is planned ends there, and asks for no machine", long, async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  const mayGoOn = vi.fn(() => true);
  const asterisk = { folder: "/nowhere", mayDownload: false };
  const walking = walkOnRehearsal(shippedFiles, { signal: stop.signal, mayGoOn, asterisk });
  await expect(walking).rejects.toMatchObject({ code: "walk_stopped" });
  expect(mayGoOn).not.toHaveBeenCalled();
});
