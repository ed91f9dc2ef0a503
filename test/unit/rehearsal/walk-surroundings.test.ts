/** What a draft may bring to the Asterisk of a walk: nothing that the guard would refuse where it is walked. */
import { expect, it } from "vitest";
import { asWalked, hasOwnHooks, refusedByGuard } from "#rehearsal/walks/surroundings.ts";
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

it("hooks are the draft's own where they are not as Hearback came, and all else of Asterisk's is the house's", () => {
  const [hooks, comment] = ["asterisk/hooks.conf", new TextEncoder().encode("; ours\n")];
  const others = [...shippedFiles].filter(([path]) => path !== hooks);
  expect(hasOwnHooks(shippedFiles)).toBe(false);
  expect(hasOwnHooks(new Map(others))).toBe(false);
  expect(hasOwnHooks(new Map([...others, [hooks, comment]]))).toBe(true);
  const trunk = ["asterisk/pjsip.conf", comment] as const;
  const walked = asWalked(
    new Map([...shippedFiles, [hooks, comment], trunk, ["asterisk/more.conf", comment]]),
  );
  expect(walked.get(hooks)).toBe(comment);
  expect(text("asterisk/pjsip.conf")).toBe(new TextDecoder().decode(walked.get("asterisk/pjsip.conf")));
  expect(walked.has("asterisk/more.conf")).toBe(false);
  expect(walked.get("flows/fft.yaml")).toBe(shippedFiles.get("flows/fft.yaml"));
});
