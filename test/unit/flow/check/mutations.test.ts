/** Every shipped flow, broken in every place in every way that a slip of the hand makes: each slip is found. */
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { checkFlows, flowFilesIn, readFlows } from "#flow/check/check-flows.ts";
import { targetsIn } from "#flow/check/graph.ts";
import { saidIn } from "#flow/check/said.ts";
import { shipped, textOf } from "./broken.ts";

type Plain = Record<string, unknown>;
type Path = readonly (string | number)[];

const holderOf = (root: Plain, path: Path): Plain =>
  path.slice(0, -1).reduce<Plain>((at, part) => at[part as string] as Plain, root);

/** Without the other flows, as far as this one calls none: each is looked at by itself. */
const alone = (file: string) =>
  textOf(file).includes("kind: call")
    ? shipped
    : [...shipped].filter(([other]) => other === file || !other.startsWith("flows/"));

/** Which rules the flow breaks with this one thing changed. */
function faultsAfter(file: string, change: (flow: Plain) => void): string[] {
  const flow = structuredClone(parse(textOf(file))) as Plain;
  change(flow);
  const text = stringify(flow, { aliasDuplicateObjects: false });
  const changed = new Map(alone(file)).set(file, new TextEncoder().encode(text));
  return checkFlows(changed).map(({ rule }) => rule);
}

/** Fields that a flow is whole without, and another flow than before. */
const mayBeLeftOut =
  /^(unanswered|silence|sayAfter|tries|greeting|complete|mark|carryOn|takenOver|as|adds|length|wrong|most|limits|contact|minutes|disposition|keep|value|readBack|end\.say|choices\.say)$/;

function* fieldsOf(value: unknown, at: Path = []): Generator<Path> {
  if (Array.isArray(value)) for (const [i, each] of value.entries()) yield* fieldsOf(each, [...at, i]);
  else if (typeof value === "object" && value !== null)
    for (const [key, each] of Object.entries(value)) {
      yield [...at, key];
      yield* fieldsOf(each, [...at, key]);
    }
}

describe.each(flowFilesIn(shipped))("%s", (file) => {
  const plain = parse(textOf(file)) as Plain;
  const flow = readFlows(shipped).flows.get(String(plain.flow))!;

  it("as it is, written out in full", () => {
    expect(faultsAfter(file, () => {})).toEqual([]);
  });

  it("without any one step", () => {
    for (const name of Object.keys(flow.steps)) {
      const rules = faultsAfter(file, ({ steps }) => delete (steps as Plain)[name]);
      expect(rules, name).toContain("unknown-step");
    }
  });

  it("with any one target misspelt", () => {
    const targets = targetsIn(flow);
    expect(targets.length).toBeGreaterThan(5);
    for (const { path } of targets) {
      const rules = faultsAfter(file, (root) => {
        holderOf(root, path)[path.at(-1)!] = "nowhere-at-all";
      });
      expect(rules, path.join(".")).toContain("unknown-step");
    }
  });

  it("with any one prompt misspelt", () => {
    for (const { id, path } of saidIn(flow)) {
      const holder = holderOf(plain, path);
      if (holder[path.at(-1) as string] !== id) continue; // the application's own: digits, times
      const rules = faultsAfter(file, (root) => {
        holderOf(root, path)[path.at(-1)!] = `${id}-misspelt`;
      });
      expect(rules, path.join(".")).toContain("missing-prompt");
    }
  });

  it("with any one choice's key twice, or one that acts everywhere", () => {
    for (const [name, step] of Object.entries(flow.steps)) {
      if (step.kind !== "menu") continue;
      const choices = (root: Plain) =>
        holderOf(root, ["steps", name, "choices", 0]) as unknown as { key: string }[];
      for (const i of step.choices.keys()) {
        const everywhere = faultsAfter(file, (root) => {
          choices(root)[i]!.key = flow.everywhere.optOut.key;
        });
        expect(everywhere, `${name} ${i}`).toContain("key-clash");
        const twice = faultsAfter(file, (root) => {
          choices(root).push({ ...choices(root)[i]! });
        });
        expect(twice, `${name} ${i}`).toContain("key-clash");
      }
    }
  });

  it("with any one field left out", () => {
    for (const path of oncePerKind(plain)) {
      const field = String(path.at(-1));
      const found = faultsAfter(file, (root) => delete holderOf(root, path)[field]).length > 0;
      const kind = holderOf(plain, path).kind === "end" ? "end.say" : field;
      const said = field === "say" ? (path.includes("choices") ? "choices.say" : kind) : field;
      const inWords = path[0] === "limits" ? "limits" : said;
      if (!found) expect(inWords, path.join(".")).toMatch(mayBeLeftOut);
    }
  });

  it("with any one field misspelt", () => {
    for (const path of oncePerKind(plain)) {
      const rules = faultsAfter(file, (root) => {
        const holder = holderOf(root, path);
        const field = String(path.at(-1));
        holder[`${field}x`] = holder[field];
        delete holder[field];
      });
      expect(rules, path.join(".")).not.toEqual([]);
    }
  });
});

/** The path of every field, once in each kind of step; steps themselves are left out above. */
function* oncePerKind(plain: Plain): Generator<Path> {
  const seen = new Set<string>();
  for (const path of fieldsOf(plain)) {
    if (path.length === 2 && path[0] === "steps") continue;
    const field = [(holderOf(plain, path.slice(0, 3)) as Plain).kind, ...path.slice(2)].join(".");
    if (path.length > 2 && (seen.has(field) || !seen.add(field))) continue;
    yield path;
  }
}
