// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
import { describe, expect, it } from "vitest";
import { dialStringFor } from "#asterisk/dial-string.ts";
import { checkDialplan } from "#dialplan/guard/check-dialplan.ts";
import { readTrunks } from "#dialplan/trunks/read-trunks.ts";
import { trustShowing, writtenBy } from "#dialplan/trunks/trunk-book.ts";
import { createChance } from "#rehearsal/simulation/chance.ts";
import { filesWith, shippedText } from "./dialplan-files.ts";

const read = (text: string) => readTrunks("asterisk/trunks.conf", text);
const trunk = (...lines: string[]) => read(["[trunk]", "type = trunk", ...lines, ""].join("\n"));
const told = (text: string) =>
  checkDialplan(filesWith({ "trunks.conf": text })).map(
    ({ line, column, rule }) => `${line}:${column} ${rule}`,
  );

describe("numbers as a trunk wants them", () => {
  it.each([
    [[], "+447700900123", "+447700900123"],
    [["write = +44 as 0"], "+447700900123", "07700900123"],
    [["write = +44 as 0"], "+35318000000", "+35318000000"],
    [["write = + as 00"], "+447700900123", "00447700900123"],
    [["write = + as"], "+447700900123", "447700900123"],
    [["write = + as 00", "write = +44 as 0"], "+447700900123", "07700900123"],
    [["write = +44 as 0", "write = +44163296 as 963296"], "+441632960001", "963296" + "0001"],
    [["write = +44 as +44"], "+447700900123", "+447700900123"],
  ])("%j: %s is %s", (lines, phone, written) => {
    const { book, faults } = trunk(...lines);
    expect(faults).toEqual([]);
    expect(writtenBy(book.trunks[0]!, phone)).toBe(written);
    expect(dialStringFor(phone, "trunk", book.trunks[0]!)).toBe(`PJSIP/${written}@trunk`);
  });

  it("never lets anything but + and digits out, whatever is written in the file or asked for", () => {
    const chance = createChance(7);
    const signs = "+0123456789@&/,|;${}()xX\r\n#* ";
    const any = (length: number) => Array.from({ length }, () => signs[chance.below(signs.length)]).join("");
    for (let n = 0; n < 5_000; n++) {
      const { book } = trunk(`write = ${any(1 + chance.below(6))} as ${any(chance.below(6))}`);
      const writes = [...book.trunks[0]!.writes, ...(n % 2 ? [{ begins: "+44", as: any(4) }] : [])];
      const phone = n % 3 ? "+447700900123" : any(12);
      let dialled = "";
      try {
        dialled = dialStringFor(phone, "trunk", { name: "trunk", writes });
      } catch (thrown) {
        expect(String(thrown)).not.toContain(phone);
        continue;
      }
      expect(dialled).toMatch(/^PJSIP\/\+?[0-9]{3,20}@trunk$/);
    }
  });
});

describe("trunks.conf", () => {
  it("is shipped with its examples asleep, and they are right once awake", () => {
    expect(read(shippedText("trunks.conf"))).toMatchObject({ book: { trunks: [] }, faults: [] });
    const awake = shippedText("trunks.conf").replace(/^;(?=\[|type|write|example|caller)/gm, "");
    const { book, faults } = read(awake);
    expect(faults).toEqual([]);
    expect(book.trunks.map(({ name }) => name)).toEqual(["trunk", "second-trunk"]);
    expect(book.callers).toEqual(new Map([["northfield", "+441632960000"]]));
    expect(trustShowing(book, "+441632960000")).toBe("northfield");
    expect(trustShowing(book, "+441632960001")).toBeNull();
    // The second is no endpoint of the shipped pjsip.conf.
    expect(told(awake)).toEqual([expect.stringMatching(/^\d+:1 unknown-trunk$/)]);
  });

  it.each([
    ["[trunk]\ntype = trunk\nexample = +447700900123 as 07700900123", "3:11 trunk-example"],
    ["[trunk]\ntype = trunk\nwrite = 44 as 0", "3:9 trunks"],
    ["[trunk]\ntype = trunk\nwrite = +44 as 0@evil", "3:9 trunks"],
    ["[trunk]\ntype = trunk\nwrite = +44 as ${SHELL(id)}", "3:9 trunks"],
    ["[trunk]\ntype = trunk\nwrite = +44", "3:9 trunks"],
    ["[trunk]\ntype = trunk\nprefix = 9", "3:1 trunks"],
    ["[trunk]\nwrite = +44 as 0", "1:1 trunks"],
    ["[elsewhere]\ntype = trunk", "1:1 unknown-trunk"],
    ["[trunk]\ntype = trunk\n[trunk]\ntype = trunk", "3:1 trunks"],
    ["[northfield]\ntype = trust", "1:1 trunks"],
    ["[northfield]\ntype = trust\ncaller = 01632960000", "3:10 trunks"],
    ["[a]\ntype = trust\ncaller = +441632960000\n[b]\ntype = trust\ncaller = +441632960000", "6:10 trunks"],
    ["type = trunk", "1:1 trunks"],
  ])("%j has a fault", (text, fault) => {
    expect(told(`${text}\n`)).toContain(fault);
  });
});
