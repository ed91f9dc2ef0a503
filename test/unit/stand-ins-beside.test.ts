import { expect, test } from "vitest";
import { standInsBeside } from "../../src/stand-ins-beside.ts";

test("a process that takes too long is ended, and it is said", async () => {
  const order = { files: new Map(), language: "en-GB" };
  await expect(standInsBeside(order, 1)).rejects.toThrow(/^they were not said within .* minutes$/);
  await expect(standInsBeside(order), "in time").rejects.toThrow("the draft's list of words cannot be read");
});
