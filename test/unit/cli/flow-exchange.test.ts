import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parse } from "yaml";
import { hearback } from "./run-command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "floip-"));
  cpSync("dialplans/flows", join(folder, "dialplans/flows"), { recursive: true });
  cpSync("prompts", join(folder, "prompts"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const words = (n: number, text: string, sound?: string) => ({
  uuid: uuid(n),
  values: [
    { language_id: "eng", content_type: "TEXT", modes: ["IVR"], value: text },
    ...(sound ? [{ language_id: "eng", content_type: "AUDIO", modes: ["IVR"], value: sound }] : []),
  ],
});
const to = (n: number | null, more: object = { default: true }) => ({
  uuid: uuid(900 + (n ?? 0)),
  name: "Default",
  ...(n === null ? {} : { destination_block: uuid(n) }),
  ...more,
});

/** As another system might write it: nothing in it is ours. */
const foreign = {
  specification_version: "1.0.0-rc3",
  uuid: uuid(1),
  name: "Clinic",
  flows: [
    {
      ...{
        uuid: uuid(2),
        name: "Clinic survey",
        last_modified: "2021-08-01T00:00:00Z",
        interaction_timeout: 10,
      },
      ...{ supported_modes: ["IVR"], languages: [{ id: "eng", iso_639_3: "eng" }], first_block_id: uuid(10) },
      exit_block_id: uuid(13),
      blocks: [
        ...[
          {
            uuid: uuid(10),
            name: "Welcome",
            type: "MobilePrimitives.Message",
            config: { prompt: uuid(20) },
            exits: [to(11)],
          },
          { uuid: uuid(11), name: "log_it", type: "Core.Log", config: { message: "x" }, exits: [to(12)] },
        ],
        {
          ...{
            uuid: uuid(12),
            name: "again",
            label: "Come again?",
            type: "MobilePrimitives.SelectOneResponse",
          },
          config: {
            prompt: uuid(21),
            choices: [
              {
                name: "yes",
                test: "OR(AND(flow.mode = 'IVR', block.response = 7), block.response = 'yes')",
                prompt: uuid(22),
              },
              { name: "no", test: "block.response = '8'", prompt: uuid(22) },
            ],
          },
          exits: [
            to(13, { name: "yes", test: "block.value = 'yes'" }),
            to(14, { name: "no", test: "block.value = 'no'" }),
            to(13),
          ],
        },
        {
          uuid: uuid(13),
          name: "bye",
          type: "MobilePrimitives.Message",
          config: { prompt: uuid(23) },
          exits: [to(null)],
        },
        {
          ...{ uuid: uuid(14), name: "age", type: "MobilePrimitives.NumericResponse", tags: ["keep"] },
          config: {
            prompt: uuid(24),
            validation_minimum: 1,
            validation_maximum: 120,
            IVR: { max_digits: 3 },
          },
          exits: [to(13, { name: "answered" }), to(13)],
        },
      ],
      resources: [
        words(20, "Welcome to the clinic's line.", "media/Welcome Message.wav"),
        ...[words(21, "Would you come again? Press 7 or 8."), { uuid: uuid(22), values: [] }],
        ...[words(23, "Good bye", "goodbye.wav"), words(24, "How old are you?", "5718eb16.wav")],
      ],
    },
  ],
};

it("takes a foreign flow over, tells what is lost, and what is still to be recorded", async () => {
  const file = join(folder, "clinic.json");
  writeFileSync(file, JSON.stringify(foreign));
  const { status, stdout, stderr } = await hearback(["flow", "import", file, "--floip", "--folder", folder]);
  expect(stderr).toContain(
    "lost: clinic-survey: log-it: there is no step for Core.Log; the call goes on to come-again",
  );
  expect(stderr).toContain("it has no key to opt out: key 9 and its steps are put in");
  expect(stdout).toContain("New prompts, to be recorded: welcome-message, come-again-words, 5718eb16");
  const flow = parse(readFileSync(join(folder, "dialplans/flows/clinic-survey.yaml"), "utf8"));
  expect(flow).toMatchObject({
    ...{ flow: "clinic-survey", start: "welcome", unanswered: "bye", languages: ["en-GB"] },
    timing: { answerWithinMs: 10_000 },
    steps: {
      welcome: { kind: "play", say: ["welcome-message"], next: "come-again" },
      "come-again": {
        ...{ kind: "menu", answer: "again", say: ["come-again-words"] },
        choices: [
          { key: "7", value: "yes", next: "bye" },
          { key: "8", value: "no", next: "age" },
        ],
      },
      age: {
        kind: "digits",
        as: "number",
        min: 1,
        max: 120,
        length: { min: 1, max: 3 },
        keep: true,
        next: "bye",
      },
      bye: { kind: "play", say: ["goodbye"], next: "end" },
    },
  });
  const manifest = readFileSync(join(folder, "prompts/manifest.yaml"), "utf8");
  expect(manifest).toContain(readFileSync("prompts/manifest.yaml", "utf8").trimEnd());
  expect(parse(manifest).prompts["5718eb16"]).toEqual({ "en-GB": "How old are you?" });
  // Nothing but the sounds is missing.
  expect(status).toBe(1);
  const faults = stdout.split("\n").filter((line) => line.includes(": fault: "));
  expect(faults).toHaveLength(3);
  for (const line of faults)
    expect(line).toMatch(/clinic-survey\.yaml:\d+:\d+: fault: .* no sound.*\[missing-prompt\]/);
});

it("writes a flow out and takes it in again without a fault", async () => {
  const file = join(folder, "fft.json");
  const out = await hearback(["flow", "export", "fft", "--floip", "--out", file, "--folder", folder]);
  expect([out.status, out.stdout]).toEqual([0, ""]);
  expect(out.stderr).toContain("lost: fft: steps.callback: FLOIP has no callback");
  const there = await hearback(["flow", "import", file, "--floip", "--folder", folder]);
  expect([there.status, there.stderr]).toEqual([2, expect.stringContaining("--replace writes over it")]);
  const again = await hearback([
    "flow",
    "import",
    file,
    "--floip",
    "--replace",
    "--folder",
    folder,
    "--json",
  ]);
  expect(JSON.parse(again.stdout)).toEqual({ paths: ["flows/fft.yaml"], prompts: [], lost: [], faults: [] });
  expect(again.status).toBe(0);
});

it.each([
  ["not JSON", "flows: []", /not JSON/],
  ["something else", '{"flows": []}', /specification_version/],
])("refuses what is %s", async (_, text, why) => {
  const file = join(folder, "other.json");
  writeFileSync(file, text);
  const { status, stderr } = await hearback(["flow", "import", file, "--floip", "--folder", folder]);
  expect([status, stderr]).toEqual([1, expect.stringMatching(why)]);
});

it("a language's tag that is none never gets into the manifest", async () => {
  const bad = structuredClone(foreign);
  bad.flows[0]!.languages = [{ id: "eng", iso_639_3: "eng", bcp_47: "en-GB: {}, x" } as never];
  const file = join(folder, "bad.json");
  writeFileSync(file, JSON.stringify(bad));
  await hearback(["flow", "import", file, "--floip", "--folder", folder]);
  expect(readFileSync(join(folder, "prompts/manifest.yaml"), "utf8")).not.toContain("{}, x");
});
