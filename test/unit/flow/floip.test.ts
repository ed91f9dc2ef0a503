import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readFlows } from "#flow/check/check-flows.ts";
import { languagesOf } from "#flow/check/languages.ts";
import { promptFacts } from "#flow/check/prompt-facts.ts";
import { flowSchema } from "#flow/definition.ts";
import { type Container, containerSchema, type Lost } from "#flow/floip/container.ts";
import { exportFloip } from "#flow/floip/export-floip.ts";
import { importFloip } from "#flow/floip/import-floip.ts";
import { shipped, textOf, withFiles } from "./check/broken.ts";

type Plain = Record<string | number, unknown>;

const prompts = promptFacts(shipped)!;
const { flows } = readFlows(shipped);
const changedAt = new Date("2026-11-22T09:00:00Z");
const exported = (name: string) => exportFloip(flows.get(name)!, { flows, prompts, changedAt });

/** The flow without what the export says is lost, and so whatever has come into its place. */
function survivors(flow: unknown, lost: readonly Lost[]): unknown {
  const left = structuredClone(flow) as Plain;
  // From the back: what is taken out of a list moves what is behind it.
  for (const { path } of lost.toSorted((a, b) => lastNumber(b) - lastNumber(a))) {
    const holder = path.slice(0, -1).reduce<unknown>((at, part) => (at as Plain | undefined)?.[part], left);
    const last = path.at(-1)!;
    if (Array.isArray(holder)) holder.splice(Number(last), 1);
    else if (holder) delete (holder as Plain)[last];
  }
  return JSON.parse(JSON.stringify(left));
}
const lastNumber = ({ path }: Lost) => (typeof path.at(-1) === "number" ? (path.at(-1) as number) : -1);

describe.each([...flows.keys()])("%s, out and in again", (name) => {
  const { container, lost } = exported(name);
  const imported = importFloip(JSON.stringify(container));

  it("is a container as the specification wants it", () => {
    expect(containerSchema.parse(container)).toEqual(container);
    expectWhole(container);
  });

  it("has what survived, and each thing that did not was told", () => {
    const before = flowSchema.parse(parse(textOf(`flows/${name}.yaml`)));
    const after = flowSchema.parse(parse(imported.flows.get(name)!));
    const own = lost.filter(({ flow }) => flow === name);
    const pieces = own.filter(({ path }) => typeof path.at(-1) === "number");
    const others = own.filter(({ path }) => typeof path.at(-1) !== "number");
    const languages = [...languagesOf(flows.get(name)!, prompts)];
    expect(survivors(after, others)).toEqual(survivors({ ...before, languages }, [...pieces, ...others]));
  });

  it("is the same when it goes out again", () => {
    const again = readFlows(withFiles({ [`flows/${name}.yaml`]: imported.flows.get(name)! })).flows.get(name);
    const second = again && exportFloip(again, { flows, prompts, changedAt }).container;
    if (second) expect(second.flows[0]!.blocks).toEqual(container.flows[0]!.blocks);
  });

  it("brings the words of every prompt that it says", () => {
    for (const [id, words] of imported.words) expect(words["en-GB"], id).toBe(prompts.wordsOf(id, "en-GB"));
    expect(imported.words.size).toBeGreaterThan(3);
  });
});

/** Every uuid that is named is there, and none twice. */
function expectWhole({ flows: all }: Container): void {
  for (const { blocks, first_block_id, exit_block_id, resources } of all) {
    const uuids = blocks.map(({ uuid }) => uuid);
    expect(new Set(uuids).size).toBe(uuids.length);
    const named = blocks.flatMap(({ exits }) =>
      exits.flatMap(({ destination_block }) => destination_block ?? []),
    );
    for (const uuid of [first_block_id, ...(exit_block_id ? [exit_block_id] : []), ...named])
      expect(uuids).toContain(uuid);
    const known = new Set(resources.map(({ uuid }) => uuid));
    for (const { config } of blocks) if (config.prompt) expect(known).toContain(config.prompt);
    for (const { exits } of blocks) expect(exits.filter((exit) => exit.default)).toHaveLength(1);
  }
}
