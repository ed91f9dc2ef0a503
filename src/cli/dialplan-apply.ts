import type { AuditAction, AuditEntry } from "#access/audit.ts";
import { readSettings } from "#config.ts";
import { inForceNow } from "#dialplan/apply/apply-dialplan.ts";
import { applyToNodes, type DialplanNode, type NodeResult } from "#dialplan/apply/apply-to-nodes.ts";
import type { DialplanFolder } from "#dialplan/apply/ports.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { dialplansGoing, tellDialplan, tellIntent } from "#postgres/dialplans.ts";
import { assertMigrated } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { type DialplanGoing, type DialplanInForce, dialplanDigest } from "#release/dialplan-in-force.ts";
import { byCommand } from "./by-command.ts";
import { type Io, say } from "./command.ts";
import { fromFolder, lyingFiles, rehearsed, tellRehearsed } from "./dialplan-check.ts";
import { onNode, textsOf } from "./dialplan-diff.ts";
import { nodesHere } from "./dialplan-nodes.ts";
import { defineCommand } from "./options.ts";
import { userAtHost } from "./user-name.ts";

export const note = {
  value: "TEXT",
  help: "why, for the history: no names and no numbers of patients",
} as const;
export const by = { value: "NAME", help: "who says so (default: you, on this machine)" } as const;

export const apply = defineCommand({
  name: "dialplan apply",
  summary:
    "Check it, put it in force under live calls, send a call of nobody through it, and put back what does not work.",
  options: { folder: fromFolder, node: onNode, note: { ...note, required: true }, by },
  notes: [
    "Everything that `dialplan check` does comes first: without it nothing is written. Calls that are up notice nothing.",
    "On several nodes it goes from one to the next; the first that does not take it ends it, and all have again what they had.",
    "Needs the settings of the nodes with HEARBACK_ASTERISK_CONFIG_FOLDER, and HEARBACK_DATABASE_URL for the audit.",
    "Status 0: in force everywhere. Status 1: refused, put back, or not everywhere.",
  ].join("\n"),
  examples: ['hearback dialplan apply --note "the ward is closed on Sunday"'],
  run: async (_operands, given, io) => {
    const lying = await lyingFiles(given.folder, io);
    const { nodes, elsewhere } = nodesHere(io, given.node);
    return audited(io, async (write) => {
      const passing = await rehearsed(lying, io);
      for (const line of tellRehearsed(passing)) say(io.stdout, line);
      if (!passing.passed) {
        say(io.stdout, "Nothing was changed.");
        return 1;
      }
      const wanted = { texts: textsOf(lying), expected: passing.loaded, note: given.note };
      const all = await inForce(
        io,
        nodes,
        { ...wanted, by: given.by ?? userAtHost() },
        write("dialplan-apply"),
      );
      for (const line of elsewhere) say(io.stderr, line);
      return all && elsewhere.length === 0 ? 0 : 1;
    });
  },
});

type Wanted = Pick<Parameters<typeof applyToNodes>[1], "texts" | "expected" | "note" | "by">;
type BookPool = ReturnType<typeof createPool>;
interface Book {
  intends(node: string, version: number): Promise<void>;
  told(result: NodeResult, folder: DialplanFolder): Promise<void>;
}

/** @returns whether every one of these nodes has it */
export async function inForce(
  io: Io,
  nodes: readonly DialplanNode[],
  wanted: Wanted,
  book: Book,
): Promise<boolean> {
  const results = await applyToNodes(
    nodes,
    { ...wanted, now: () => systemClock.now() },
    {
      progress: (node, line) => say(io.stderr, `${node}: ${line}`),
      intends: book.intends,
      told: async (result) => {
        say(io.stdout, `${result.node}: ${outcomeOf(result)}`);
        await book.told(result, nodes.find(({ name }) => name === result.node)!.folder);
      },
    },
  );
  return results.every(({ applied }) => applied.kind === "applied" || applied.kind === "same");
}

function outcomeOf({ applied }: NodeResult): string {
  switch (applied.kind) {
    case "applied":
      return `version ${applied.number} is in force`;
    case "same":
      return "this is in force already";
    case "put-back":
      return `version ${applied.number} did not work, and what was there before is in force again: ${applied.because}`;
    case "broken":
      return `LOOK AT ONCE: version ${applied.number} does not work, nor does what was there before: ${applied.because}`;
  }
}

/** With the audit at hand; what cannot be audited is not done. */
export const audited = (
  io: Io,
  work: (write: (action: AuditAction) => Book) => Promise<number>,
): Promise<number> =>
  withBook(io, async (pool) => {
    for (const line of await unsettled(pool)) say(io.stderr, line);
    return work((action) => {
      const actOn = (node: string, details: { version: number; outcome: string }): AuditEntry => ({
        ...{ who: byCommand(), action, trust: null, reason: null },
        ...{ subject: { kind: "node", id: node }, details },
      });
      return {
        intends: (node, version) => tellIntent(pool, actOn(node, { version, outcome: "going" })),
        told: async (result, folder) => {
          const { number, kind: outcome } = result.applied;
          const act = actOn(result.node, { version: number ?? 0, outcome });
          await tellDialplan(pool, act, leftBy(result, folder));
        },
      };
    });
  });

/** What nobody has told the end of, a line each. */
export const unsettled = async (pool: BookPool): Promise<string[]> =>
  (await dialplansGoing(pool)).map(tellGoing);

const tellGoing = ({ node, version, by, since }: DialplanGoing): string =>
  `${node}: ${by} began to put version ${version} in force at ${since.toISOString().slice(0, 16).replace("T", " ")}, and ` +
  "nobody has told what came of it: it goes on still, or was broken off, and hearback dialplan apply settles it";

/** @throws AppError where the database is away, or of another version */
export async function withBook<T>(io: Io, work: (pool: BookPool) => Promise<T>): Promise<T> {
  const { databaseUrl: url } = readSettings(["databaseUrl"], io.env);
  const pool = createPool({ url, applicationName: "hearback command", as: "app", logger: silentLogger });
  try {
    await assertReachable(pool);
    await assertMigrated(pool);
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** What lies in the folder now, whatever came of putting something in force. */
function leftBy({ node, applied }: NodeResult, folder: DialplanFolder): DialplanInForce {
  const texts = [...folder.current()].map(([name, text]): [string, Uint8Array] => [
    `asterisk/${name}`,
    new TextEncoder().encode(text),
  ]);
  const { number, at, by, note } = inForceNow(folder)!;
  const works = applied.kind !== "broken";
  return {
    ...{ node, digest: dialplanDigest(new Map(texts)) },
    version: number,
    works,
    by,
    note,
    at: new Date(at),
  };
}
