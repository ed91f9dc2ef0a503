import { describe, expect, it } from "vitest";
import { chooseEngine, createEngines } from "#speech/engines.ts";
import { createPocketsphinx } from "#speech/pocketsphinx.ts";

const model = { hmm: "hmm", lm: "lm", dict: "dict" };
const whisper = {
  ...{ url: "http://localhost", model: "whisper", key: null, ca: null, format: "json" as const },
  ...{ language: "en-GB", phrases: [] },
};
const signal = new AbortController().signal;

describe("choosing a speech engine", () => {
  it("goes by name", () => {
    expect(chooseEngine("none").name).toBe("none");
    const pocketsphinx = chooseEngine("pocketsphinx", { pocketsphinx: { program: "/bin/true", model } });
    expect([pocketsphinx.name, pocketsphinx.rough]).toEqual(["pocketsphinx", true]);
  });

  it.each(["whisper", "", "toString", "__proto__"])("refuses %j and says which there are", (name) => {
    expect(() => chooseEngine(name)).toThrow(/choose one of none, pocketsphinx/);
  });

  it.each(["pocketsphinx", "google", "openai-compatible"])("says when %s is not set up", (name) => {
    expect(() => chooseEngine(name)).toThrow(expect.objectContaining({ code: "speech_engine_missing" }));
  });

  it("makes each once, gives the standing one by no name, and rough ones only where they are allowed", () => {
    const options = { pocketsphinx: { program: "/bin/true", model }, openAiCompatible: whisper };
    const standing = chooseEngine("openai-compatible", options);
    const strict = createEngines(standing, options, false);
    expect([strict(null), strict("openai-compatible")]).toEqual([standing, standing]);
    expect(standing.rough).toBe(false);
    expect(() => strict("pocketsphinx")).toThrow(expect.objectContaining({ code: "engine_rough" }));
    expect(() => strict("google")).toThrow(expect.objectContaining({ code: "speech_engine_missing" }));
    const lenient = createEngines(standing, options, true);
    expect(lenient("pocketsphinx")).toBe(lenient("pocketsphinx"));
  });
});

describe("a pocketsphinx that does not work", () => {
  const hear = (program: string) =>
    createPocketsphinx({ program, model }).transcribe(new Int16Array(80_000), signal);

  it.each([
    ["/nowhere/pocketsphinx", "speech_engine_missing"],
    ["/bin/false", "speech_engine_failed"],
    ["/bin/echo", "speech_output_unreadable"],
  ])("%s is told as %s", async (program, code) => {
    await expect(hear(program)).rejects.toMatchObject({ code });
  });
});
