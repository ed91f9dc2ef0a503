/** The pages of flows where several releases are in use: what callers of each hear and do, and never the draft. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asHeard } from "#prompts/as-heard.ts";
import { hashOf } from "#release/files.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { humWav } from "../support/prompt-files.ts";
import { publishDraft, sam, shippedFiles, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { begin, dialled, dramaNumber, ending, flowState, visit } from "../support/survey.ts";
import { tellTrails } from "../support/told-trails.ts";

let db: TestDatabase;
let room: TestRoom;
let tess: Visitor;

/** Each release, and the draft, asks in a sound of its own. */
const question = "prompts/en-GB/fft-question.wav";
const sounds = Object.fromEntries(
  ["live", "welsh", "canary", "draft"].map((of, n) => [of, humWav({ hertz: 200 + 50 * n })]),
) as Record<"live" | "welsh" | "canary" | "draft", Uint8Array>;

/** Two sounds are enough here: all there are would be put into the database, 22 MB. */
const shipped = shippedFiles();
const few = new Map(
  [...shipped].filter(([path]) => !path.endsWith(".wav") || /\/(fft-question|welcome)\.wav$/.test(path)),
);
const desk = () => uncheckedDesk(db.pool, () => few);
const publish = () => publishDraft(db.pool, 0.05, () => few);

async function save(files: Record<string, Uint8Array | null>) {
  for (const [path, bytes] of Object.entries(files)) {
    const there = await desk().file("draft", path);
    const saved = await desk().saveFile({ path, bytes, expectedHash: there && hashOf(there) }, sam);
    expect(saved.kind, path).toBe("saved");
  }
}

/** The canary asks for patience in a step of its own, and brings a flow with it. */
function changedFlows(): Record<string, Uint8Array> {
  const textAt = (path: string) => new TextDecoder().decode(few.get(path));
  const fft = textAt("flows/fft.yaml").replace(
    "    say: [welcome]\n    next: question\n",
    "    say: [welcome]\n    next: patience\n\n  patience:\n    kind: play\n    say: [take-your-time]\n    next: question\n",
  );
  expect(fft).toContain("patience:");
  const bytes = (text: string) => new TextEncoder().encode(text);
  return {
    "flows/fft.yaml": bytes(fft),
    "flows/very-late.yaml": bytes(
      textAt("flows/running-late.yaml").replace(
        "flow: running-late\ntitle: Running",
        "flow: very-late\ntitle: Very",
      ),
    ),
  };
}

beforeAll(async () => {
  db = await createTestDatabase();
  // A person's Welsh: what no reviewer has approved of a machine's is heard by no patient.
  await save({ [question]: sounds.live, "prompts/cy-GB/fft-question.wav": sounds.welsh });
  await desk().approve(await publish(), sam);
  await save({ [question]: sounds.canary, ...changedFlows() });
  expect(await publish()).toBe(2);
  await save({ [question]: sounds.draft, "prompts/en-GB/welcome.wav": null });
  room = await testRoom(db.pool);
  tess = await room.visitor("telecoms", "Tess Example");
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

/** Addresses of the sounds that a step's page plays, of this prompt. */
const soundsOn = (html: string, prompt: string): string[] =>
  [...html.matchAll(/<audio[^>]* src="([^"]+)"/g)]
    .map(([, address]) => address!)
    .filter((address) => address.endsWith(`/${prompt}.wav`));
const heard = (sound: Uint8Array) => hashOf(asHeard(sound));
const step = async (name: string, query = "") => (await tess.get(`/flows/fft/steps/${name}?${query}`)).text;
async function played(query: string): Promise<string> {
  const [address, ...more] = soundsOn(await step("question", query), "fft-question");
  expect(more).toEqual([]);
  const { status, bytes } = await tess.get(address!);
  expect(status, address).toBe(200);
  return hashOf(bytes);
}

describe("the sounds on a step's page", () => {
  it("are those that callers hear: of the live release, or of the chosen one, and never the draft's", async () => {
    expect(await played("")).toBe(heard(sounds.live));
    expect(await played("release=1")).toBe(heard(sounds.live));
    expect(await played("release=2")).toBe(heard(sounds.canary));
    expect(await step("question", "release=2")).toContain("As calls of release 2 hear it, in en-GB.");
  });

  it("are there though the draft has them no more", async () => {
    const [address] = soundsOn(await step("welcome"), "welcome");
    expect((await tess.get(address!)).status).toBe(200);
  });

  it("are in the language of the calls that were chosen, with its words", async () => {
    expect(await played("language=cy-GB")).toBe(heard(sounds.welsh));
    const html = await step("question", "language=cy-GB");
    expect(html).toMatch(/lang="cy-GB">At ei gilydd, sut oedd eich profiad/);
    expect(html).toContain("As calls of release 1 hear it, in cy-GB.");
  });

  it("are in the language that stands in where patients hear none in their own, and say so", async () => {
    const html = await step("welcome", "language=cy-GB");
    expect(soundsOn(html, "welcome")).toEqual(["/flows/sounds/1/en-GB/welcome.wav"]);
    expect(html).toContain("Heard in en-GB, which stands in for cy-GB.");
    expect(html).toContain("We have one short question.");
  });

  it("are of releases that there are, and nothing else is", async () => {
    for (const path of [
      "0/en-GB/hello",
      "9/en-GB/hello",
      "draft/en-GB/hello",
      "1/en-GB/none",
      "1/..%2f/hello",
    ])
      expect((await tess.get(`/flows/sounds/${path}.wav`)).status, path).toBe(404);
  });
});

describe("who is on the telephone just now", () => {
  it("is of the calls that were chosen, on the flow's page, for its script and on the step's", async () => {
    const answeredAt = new Date();
    const hour = Number(
      answeredAt.toLocaleString("en-GB", { timeZone: "Europe/London", hour: "2-digit", hourCycle: "h23" }),
    );
    const calls = [
      { release: 1, language: "en-GB" },
      { release: 2, language: "en-GB" },
      { release: 2, language: "cy-GB" },
    ];
    const held = [];
    for (const [n, { release, language }] of calls.entries()) {
      const call = await dialled(db.pool, visit({ phone: dramaNumber(600 + n) }));
      await begin(db.pool, call.attempt, { release, answeredAt, state: flowState({ language }) });
      held.push(call);
    }
    const told = async (query: string) => {
      const script = JSON.parse((await tess.get(`/flows/fft/live?${query}`)).text);
      const flow = (await tess.get(`/flows/fft?${query}`)).text;
      expect(flow, query).toContain(`<dd data-live-all>${script.all}</dd>`);
      const onStep = /<dt>In it now<\/dt><dd>(\d+)<\/dd>/.exec(await step("greeting", query))?.[1];
      expect(Number(onStep), query).toBe(script.steps.greeting ?? 0);
      return script.all;
    };
    expect(await told("")).toBe(3);
    expect(await told("release=1")).toBe(1);
    expect(await told("release=2")).toBe(2);
    expect(await told("language=cy-GB")).toBe(1);
    expect(await told("release=1&language=cy-GB")).toBe(0);
    expect(await told(`hour=${hour}`)).toBe(3);
    expect(await told(`hour=${(hour + 12) % 24}`)).toBe(0);
    expect((await tess.get("/flows/fft?release=2")).text).toMatch(
      /data-live="\/flows\/fft\/live\?[^"]*release=2"/,
    );
    for (const { ledger, attempt } of held) await ledger.end(attempt, ending());
    expect(await told("")).toBe(0);
  });
});

describe("a step, or a flow, that only the canary has", () => {
  beforeAll(() =>
    tellTrails(db.pool, [
      {
        release: 2,
        stays: [
          ["welcome", "next", 9],
          ["patience", "hang-up", 3],
        ],
      },
      { release: 2, flow: "very-late", stays: [["greeting", "hang-up", 3]] },
    ]),
  );

  it("stands in the drawing, and is no step of another release, where that release is chosen", async () => {
    const { text } = await tess.get("/flows/fft?release=2");
    expect(text).toMatch(/<svg[\s\S]*data-step="patience"[\s\S]*<\/svg>/);
    expect(text).toContain("As release 2 has it.");
    expect(text).not.toContain("Of another release");
    expect(text).toContain("Take your time");
    const page = await step("patience", "release=2");
    expect(page).not.toContain("The flow has no such step");
    expect(page).toContain("Take your time");
    expect(page).toMatch(/went on[\s\S]*hung up|hung up[\s\S]*went on/);
  });

  it("is marked as another release's beside the live one", async () => {
    const { text } = await tess.get("/flows/fft");
    expect(text).not.toContain('data-step="patience"');
    expect(text).toContain("As release 1 has it.");
    expect(text).toMatch(/steps\/patience\?[^"]*">patience<\/a>[\s\S]{0,120}Of another release/);
    expect(await step("patience")).toContain(
      "The flow has no such step in release 1: calls of another release came to it.",
    );
  });

  it("is found in the list of flows, and has its pages", async () => {
    const list = (await tess.get("/flows")).text;
    expect(list).toMatch(
      /<a href="\/flows\/very-late\?release=2">Very-late notice<\/a>[\s\S]{0,120}Only in release 2, on trial/,
    );
    expect(list.match(/on trial/g)).toHaveLength(1);
    for (const path of ["", "/live", "/steps/greeting", "/compare"])
      for (const query of ["?release=2", ""])
        expect((await tess.get(`/flows/very-late${path}${query}`)).status, path + query).toBe(200);
    const { text } = await tess.get("/flows/very-late?release=2");
    expect(text).toContain('<option value="2" selected>2</option>');
    expect((await tess.get("/flows/no-such-flow?release=2")).status).toBe(404);
  });

  it("leaves a release chosen that no call came by yet", async () => {
    const { text } = await tess.get("/flows/ring-back?release=2");
    expect(text).toContain('<option value="2" selected>2</option>');
    expect((await tess.get("/flows/fft?release=999")).status).toBe(200);
  });
});
