/**
 * Twenty mistakes that issue 6 names, each as one change to the files that ship: test/fixtures/desk/broken/*.yaml. Whoever
 * makes one must be told that rule in that line.
 */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import { writeWav } from "#lib/audio/wav.ts";
import type { ReleaseFiles } from "#release/files.ts";

export interface BrokenThing {
  /** Such as "04-endless". */
  name: string;
  /** In words. */
  mistake: string;
  /** The file that is changed, as a release knows it, and all that is then in it; null: it is taken away. */
  file: string;
  content: Uint8Array | null;
  expected: { file: string; rule: string; line: number; column: number };
}

interface Fixture {
  mistake: string;
  file: string;
  from?: string;
  to?: string;
  missing?: true;
  /** A sound of this length is put in its place. */
  seconds?: number;
  expect: { rule: string; in: string; at: string };
}

/** @param files those that ship; a mistake that does not fit them any more is a fault of its fixture. */
export const brokenThings = (files: ReleaseFiles): BrokenThing[] =>
  globSync("test/fixtures/desk/broken/*.yaml")
    .toSorted()
    .map((path) => brokenThing(basename(path, ".yaml"), parse(readFileSync(path, "utf8")) as Fixture, files));

/** The files with the mistake in them. */
export function brokenBy({ file, content }: BrokenThing, files: ReleaseFiles): ReleaseFiles {
  const changed = new Map(files);
  if (content === null) changed.delete(file);
  else changed.set(file, content);
  return changed;
}

function brokenThing(name: string, fixture: Fixture, files: ReleaseFiles): BrokenThing {
  const { mistake, file, expect } = fixture;
  const content = contentOf(name, fixture, files);
  const told = expect.in === file && content ? content : files.get(expect.in);
  return {
    name,
    mistake,
    file,
    content,
    expected: { file: expect.in, rule: expect.rule, ...placeOf(expect.at, told) },
  };
}

function contentOf(name: string, { file, from, to, missing, seconds }: Fixture, files: ReleaseFiles) {
  const before = files.get(file);
  if (!before) throw new Error(`${name}: there is no ${file}`);
  if (missing) return null;
  if (seconds !== undefined) {
    const samples = Int16Array.from({ length: seconds * 8000 }, (_, i) => 3000 * Math.sin(i / 4));
    return writeWav({ sampleRate: 8000, samples });
  }
  const text = new TextDecoder().decode(before);
  if (from === undefined || to === undefined || !text.includes(from))
    throw new Error(`${name}: ${file} has no ${JSON.stringify(from)}`);
  return new TextEncoder().encode(text.replace(from, () => to));
}

/** Where the first such text stands, from 1. */
function placeOf(needle: string, bytes: Uint8Array | undefined): { line: number; column: number } {
  const text = new TextDecoder().decode(bytes);
  const at = text.indexOf(needle);
  if (at < 0) throw new Error(`there is no ${JSON.stringify(needle)}`);
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
