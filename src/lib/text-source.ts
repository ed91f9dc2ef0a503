import type { Fault } from "./fault.ts";

/** No file that a person wrote is larger; a larger one is something else by mistake. */
const most = 1_000_000;

type Read = { text: string; faults: [] } | { text: null; faults: Fault[] };

/** The text of a file that people edit. Faults: `encoding`, `too-large`. */
export function readText(file: string, bytes: Uint8Array): Read {
  const refuse = (rule: string, line: number, column: number, what: string, instead: string): Read => ({
    text: null,
    faults: [{ file, line, column, rule, level: "fault", what, instead }],
  });
  if (bytes.length > most) {
    const what = `the file has ${bytes.length} bytes, more than ${most}`;
    return refuse("too-large", 0, 0, what, "see what has got into it, or make several files of it");
  }
  const save = "save the file as UTF-8";
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return refuse("encoding", 1, 1, "the file is UTF-16", save);
  const wrong = firstWrong(bytes);
  if (wrong !== null) {
    const { line, column } = placeOf(bytes, wrong);
    const what = `byte ${bytes[wrong]!.toString(16).padStart(2, "0")} is no UTF-8`;
    return refuse("encoding", line, column, what, save);
  }
  const control = bytes.findIndex((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  if (control >= 0) {
    const { line, column } = placeOf(bytes, control);
    const name = bytes[control] === 0 ? "NUL" : `0x${bytes[control]!.toString(16).padStart(2, "0")}`;
    return refuse("encoding", line, column, `there is a control character (${name})`, "take it out");
  }
  return { text: new TextDecoder().decode(bytes), faults: [] };
}

/** Where the first byte is that does not belong to a character; null where all do. */
function firstWrong(bytes: Uint8Array): number | null {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  for (let from = 0; ; ) {
    const at = text.indexOf("\uFFFD", from);
    if (at < 0) return null;
    offset += new TextEncoder().encode(text.slice(from, at)).length;
    // One that somebody really wrote stands in the file as these three bytes.
    const written = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!written) return offset;
    offset += 3;
    from = at + 1;
  }
}

function placeOf(bytes: Uint8Array, offset: number): { line: number; column: number } {
  const before = new TextDecoder().decode(bytes.subarray(0, offset)).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
