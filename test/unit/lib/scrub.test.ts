import { describe, expect, it } from "vitest";
import { KEPT_OUT, keptFields } from "#lib/log-fields.ts";
import { withoutNumbers, withoutValues } from "#lib/scrub.ts";

const id = "01932b4c-0123-7456-8901-012345678901";

describe("a text for the log", () => {
  it.each([
    "rang +447700900123 twice",
    "rang 07700 900123",
    "rang 07700-900-123",
    "rang (07700) 900.123",
    "rang 0 7 7 0 0 9 0 0 1 2 3",
    "rang\u00a007700\u00a0900123",
    "PJSIP/07700900123@trunk answered 503",
    "999 012 3456 is no NHS number",
    "hb_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA was refused",
    "authorization: Bearer abc.def",
    `the session ${"q".repeat(43)} is over`,
  ])("loses the number or token of: %s", (text) => {
    const kept = withoutNumbers(text);
    expect(kept).toMatch(/\[number\]|\[token\]/);
    expect(kept).not.toMatch(/900|012 3456|AAAA|abc\.def|qqqq/);
  });

  it.each([
    `attempt ${id} is open`,
    "since 2026-11-22T05:22:16.123Z",
    "connect ECONNREFUSED 127.0.0.1:15004",
    "channel 1763789012.17 is gone",
    "8192 files, 16532 wanted, after 30000 ms",
    'relation hb-01 answered "yes"',
  ])("keeps: %s", (text) => {
    expect(withoutNumbers(text)).toBe(text);
  });

  it.each([
    ['invalid input syntax for type uuid: "Morgan"', 'invalid input syntax for type uuid: "[kept out]"'],
    [
      'Unexpected token \'M\', ..."e": "Morgan"... is not valid JSON',
      /^Unexpected token '\[kept out\]', \.\.\."\[kept out\]"/,
    ],
    ['There is "Mor"gan\nLe Fay" already.', 'There is "[kept out]" already.'],
    ['cut off: "Morgan', 'cut off: "[kept out]"'],
    ["the name 'Morgan' is no name", "the name '[kept out]' is no name"],
    ["Hearback's own fault", "Hearback's own fault"],
    ["ENOENT: no such file, open '/srv/prompts/a.wav'", "ENOENT: no such file, open /srv/prompts/a.wav"],
    ["rejected: <morgan@hospital.example>", "rejected: <[address]>"],
    ["Key (name)=(Morgan) already exists", "Key (name)=([kept out]) already exists"],
    ["give `after` as it was", "give `after` as it was"],
    ["no `Morgan Le Fay` here", "no `[kept out]` here"],
  ])("quotes nothing of: %s", (text, kept) => {
    expect(withoutValues(text)).toEqual(typeof kept === "string" ? kept : expect.stringMatching(kept));
    expect(withoutValues(text)).not.toMatch(/Morgan|Fay/);
  });
});

describe("fields for the log", () => {
  it("come through by list, each as its kind allows", () => {
    const fields = {
      callId: id,
      tries: 3,
      because: "visit-held",
      restarted: true,
      recordings: [`${id}-1-1`],
    };
    const ids = { channelId: "1763789012.17", node: "127.0.0.1:15004", app: "demo-a0123456789f" };
    expect(keptFields({ ...fields, ...ids, nodes: undefined, code: null })).toEqual({
      ...{ ...fields, ...ids, code: null },
      nodes: KEPT_OUT,
    });
  });

  it.each<object>([
    { phone: "+447700900123" },
    { transcript: "kind" },
    { callId: "07700900123" },
    { channelId: "447700900123" },
    { callId: "hb-07700900123" },
    { callId: "9990123456" },
    { callId: "hb_0123456789ab_AAAA" },
    { callId: "Morgan Le Fay" },
    { because: "“kind”" },
    { tries: "three" },
    { attemptId: 7_700_900_123 },
    { callId: { givenName: "Morgan" } },
    { recordings: ["07700900123"] },
    { problem: { message: "Morgan" } },
    { Morgan: 1 },
    { "07700900123": true },
    { constructor: "Morgan", toString: "Morgan" },
  ])("keep out %j", (fields) => {
    const told = JSON.stringify(keptFields(fields));
    expect(told).toContain(KEPT_OUT);
    expect(told).not.toMatch(/900123|7700|Le Fay|kind|three|99901|AAAA/);
  });
});
