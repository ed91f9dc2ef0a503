import { expect, test } from "vitest";
import { dialStringFor } from "#asterisk/dial-string.ts";
import { mayDial, readPhone } from "#campaign/phone-number.ts";
import { type Chance, createChance } from "#rehearsal/simulation/chance.ts";

/** Written from Ofcom's National Telephone Numbering Plan, and beside libphonenumber's tables on purpose. */
const dialled = /^PJSIP\/\+44([12]\d{8,9}|3[0347]\d{8}|7[1-57-9]\d{8})@trunk$/;
/** Jersey, Guernsey and the Isle of Man: landlines, and the mobile ranges that are theirs alone. */
const islands = /^PJSIP\/\+44(1534|1481|1624|7624|7509|7797|7937|7781|7839)/;

const digits = (chance: Chance, count: number): string =>
  Array.from({ length: count }, () => chance.below(10)).join("");

const starts = [
  ...["07700900", "01632960", "+44 7700 900", "0044(0)7700 900", "+447", "07", "01", "02", "03", "447"],
  ...[
    "070",
    "+4470",
    "076",
    "09",
    "+44 909",
    "0871",
    "0845",
    "+44 84",
    "118",
    "+44118",
    "0118",
    "055",
    "080",
  ],
  ...["999", "112", "101", "111", "00", "011", "+1900", "+881", "+870", "+882", "+883", "+979", "+33", "+2"],
  ...[
    "+441534",
    "01481",
    "+441624",
    "07624",
    "07797",
    "+447509",
    "+44 01",
    "+440",
    "0+44",
    "+0",
    "++44",
    "44",
    "+",
  ],
];
const tails = [
  ...[
    "@evil",
    "&PJSIP/0900@trunk",
    "/trunk2",
    ",60",
    "|60",
    ";ext=1",
    "#",
    "*",
    "p1",
    "w",
    "x12",
    " ext 4",
    "^",
    "!",
  ],
  ...[
    "$" + "{SHELL(id)}",
    "$" + "{EXTEN}",
    "\r\nAction: Originate",
    "\n",
    "\0",
    "%0d%0a",
    "@trunk",
    "&",
    ":5060",
    "?",
  ],
  ...[
    "'",
    '"',
    "`id`",
    "$(id)",
    "<sip:1@2>",
    "\u202e",
    "\u200b",
    "\u0660\u0661",
    "\uff10",
    "\u{1d7ce}",
    "e5",
    ".0",
    "/",
  ],
];
/** The digits of other scripts, full width, and letters that look like digits or dial pads. */
const foreignDigits = "٠١٢٣٤٥٦٧٨٩۰۱۲۳४५६৭０１２３４５６７８９①②③𝟎𝟏𝟐𝟳OolISBZ²³¹₀₁½";

/** Every other one is as long as a number should be, so that many get far. */
function body(chance: Chance): string {
  const start = chance.pick(starts);
  const whole = (start.startsWith("0") ? 11 : 12) - start.replace(/\D/g, "").length;
  return start + digits(chance, chance.happens(0.5) ? Math.max(0, whole) : chance.below(13));
}

function hostile(chance: Chance): string {
  const letters = [...body(chance)];
  for (let times = chance.below(3); times > 0; times -= 1) {
    const place = chance.below(letters.length + 1);
    const how = chance.below(4);
    if (how === 0) letters.splice(place, 0, chance.pick(tails));
    else if (how === 1) letters.splice(place, 1, chance.pick([...foreignDigits]));
    else if (how === 2) letters.splice(place, 0, String.fromCodePoint(1 + chance.below(0xd7fe)));
    else letters.splice(place, 1);
  }
  return letters.join("") + (chance.happens(0.2) ? chance.pick(tails) : "");
}

test("of 100,000 hostile texts none is dialled outside the allowed ranges", () => {
  const chance = createChance(20_261_122);
  const guard = { rehearsal: false, allowNumbers: new Set<string>() };
  const outside: string[] = [];
  let rung = 0;
  for (let n = 0; n < 100_000; n += 1) {
    const text = hostile(chance);
    const reading = readPhone(text);
    if (reading.kind === "refused") {
      // Nor may the fault, which is shown and logged, repeat what stood there.
      if (text.length > 13 && `${reading.fault}${reading.remedy}`.includes(text))
        outside.push(`told ${text}`);
      continue;
    }
    if (!mayDial(reading.e164, guard).ok) continue;
    rung += 1;
    const asked = dialStringFor(reading.e164, "trunk", "e164");
    if (!dialled.test(asked) || islands.test(asked)) outside.push(`${JSON.stringify(text)} as ${asked}`);
  }
  expect(outside).toEqual([]);
  // Else the generator tests nothing but refusals.
  expect(rung).toBeGreaterThan(2_000);
});

test("the last door alone lets none of 100,000 through that is not whole and plain", () => {
  const chance = createChance(7);
  const guard = { rehearsal: false, allowNumbers: new Set<string>() };
  const outside: string[] = [];
  for (let n = 0; n < 100_000; n += 1) {
    const text = hostile(chance);
    if (!mayDial(text, guard).ok) continue;
    const asked = dialStringFor(text, "trunk", "e164");
    if (!/^PJSIP\/\+44([123]\d{8,9}|7[1-57-9]\d{7,8})@trunk$/.test(asked)) outside.push(asked);
  }
  expect(outside).toEqual([]);
});

test("a rehearsal rings drama numbers only, whatever stood in the list", () => {
  const chance = createChance(11);
  const guard = { rehearsal: true, allowNumbers: new Set<string>() };
  for (let n = 0; n < 20_000; n += 1) {
    const reading = readPhone(hostile(chance));
    if (reading.kind === "refused" || !mayDial(reading.e164, guard).ok) continue;
    expect(reading.e164).toMatch(/^\+44(7700900|1632960)\d{3}$/);
  }
});
