/** What a draft may bring to the Asterisk of a walk: nothing that the guard would refuse where it is walked. */
import { expect, it } from "vitest";
import { hasOwnDialplan, refusedByGuard } from "#rehearsal/walks/surroundings.ts";
import { shippedFiles } from "../../support/shipped-flows.ts";

const text = (path: string) => new TextDecoder().decode(shippedFiles.get(path));
const dangerous = text("asterisk/hooks.conf").replaceAll("1,NoOp()", "1,System(true)");

it("the files that ship are walked", () => expect(refusedByGuard(shippedFiles)).toEqual([]));

it.each([
  ["its own dialplan has them in", text("asterisk/extensions.conf")],
  [
    "its own dialplan leaves them out, and the house's has them in",
    text("asterisk/extensions.conf").replace(
      '#include "hooks.conf"',
      () => "[before-inbound]\nexten => s,1,Return()\n[after-inbound]\nexten => s,1,Return()\n",
    ),
  ],
])("hooks that run programs are refused, where %s", (_, extensions) => {
  const encode = (words: string) => new TextEncoder().encode(words);
  const files = new Map([
    ...shippedFiles,
    ["asterisk/extensions.conf", encode(extensions)] as const,
    ["asterisk/hooks.conf", encode(dangerous)] as const,
  ]);
  expect(refusedByGuard(files).join("\n")).toMatch(/hooks\.conf:\d+:\d+.*System/);
});

it("a dialplan is the draft's own where any of its files is, or is left out", () => {
  const [hooks, comment] = ["asterisk/hooks.conf", new TextEncoder().encode("; ours\n")];
  const flowsOnly = [...shippedFiles].filter(([path]) => !path.startsWith("asterisk/"));
  expect(hasOwnDialplan(shippedFiles)).toBe(false);
  expect(hasOwnDialplan(new Map(flowsOnly))).toBe(false);
  expect(hasOwnDialplan(new Map([...shippedFiles].filter(([path]) => path !== hooks)))).toBe(true);
  expect(hasOwnDialplan(new Map([...shippedFiles, [hooks, comment]]))).toBe(true);
  expect(hasOwnDialplan(new Map([...shippedFiles, ["asterisk/more.conf", comment]]))).toBe(true);
});
