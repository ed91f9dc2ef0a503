import { expect, test } from "vitest";
import { standInsBeside } from "../../src/stand-ins-beside.ts";

test("a process that takes too long is ended, and it is said", async () => {
  const order = { files: new Map(), language: "en-GB" };
  const never = new AbortController().signal;
  await expect(standInsBeside(order, never, 1)).rejects.toThrow(/^they were not said within .* minutes$/);
  await expect(standInsBeside(order, never), "in time").rejects.toThrow(
    "the draft's list of words cannot be read",
  );
});

test("a process that is stopped ends at once, before or while it works", async () => {
  const order = { files: new Map(), language: "en-GB" };
  const stopping = new AbortController();
  const said = standInsBeside(order, stopping.signal);
  stopping.abort(new Error("it was stopped"));
  await expect(said).rejects.toThrow("it was stopped");
  await expect(standInsBeside(order, stopping.signal)).rejects.toThrow("it was stopped");
});
