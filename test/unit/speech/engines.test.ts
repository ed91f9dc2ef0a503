import { describe, expect, it } from "vitest";
import { chooseEngine } from "#speech/engines.ts";
import { createPocketsphinx } from "#speech/pocketsphinx.ts";

const model = { hmm: "hmm", lm: "lm", dict: "dict" };
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

  it("says when pocketsphinx is not installed", () => {
    expect(() => chooseEngine("pocketsphinx")).toThrow(
      expect.objectContaining({ code: "speech_engine_missing" }),
    );
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
