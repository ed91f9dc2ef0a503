import type { NodeDesk, NodeView } from "#campaign/node-desk.ts";
import { readSettings } from "#config.ts";
import { type Clock, systemClock } from "#lib/clock.ts";
import { type Io, say } from "./command.ts";
import { defineGroup } from "./group.ts";
import { columns, defineCommand } from "./options.ts";
import { userAtHost } from "./user-name.ts";

const lookEveryMs = 500;

const list = defineCommand({
  name: "node list",
  summary: "Every Asterisk: what it does, how many calls it has, and who sees it how.",
  options: { json: { help: "for programs: a JSON object a line" } },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback node list"],
  run: async (_operands, given, io) =>
    withNodes(io, async (nodes) => {
      const found = await nodes.list();
      if (given.json) for (const node of found) say(io.stdout, JSON.stringify(node));
      else for (const line of linesOf(found)) say(io.stdout, line);
      return 0;
    }),
});

function linesOf(nodes: readonly NodeView[]): string[] {
  if (nodes.length === 0) return ["No Asterisk was ever connected to."];
  return columns(nodes.map((node) => [node.name, [...about(node), ...node.links.map(linkOf)].join(", ")]));
}

function about({ calls, maxCalls, weight, draining, seenAt, version }: NodeView): string[] {
  const of = maxCalls === null ? "" : ` of ${maxCalls}`;
  return [
    `${calls}${of} ${calls === 1 && !of ? "call" : "calls"}`,
    ...(weight === null || weight === 1 ? [] : [`weight ${weight}`]),
    ...(draining ? [`draining since ${momentOf(draining.since)} by ${draining.by}`] : []),
    seenAt === null ? "never let in" : `Asterisk ${version}, last seen ${momentOf(seenAt)}`,
  ];
}

const linkOf = ({ instance, state, since }: NodeView["links"][number]): string =>
  `${state} for ${instance} since ${momentOf(since)}`;

export const momentOf = (date: Date): string => date.toISOString().slice(0, 19).replace("T", " ");

const drain = defineCommand({
  name: "node drain",
  summary: "Begin no more calls on one Asterisk, from any machine, and wait until those going on have ended.",
  operands: ["NAME"],
  options: {
    "no-wait": { help: "do not wait for the calls that are going on" },
    by: { value: "NAME", help: "who says so (default: you, on this machine)" },
  },
  notes:
    "It stays so, over restarts too, until `hearback node resume`; Ctrl-C only ends the waiting. Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback node drain north"],
  run: async ([name], given, io) =>
    withNodes(io, async (nodes) => {
      await nodes.drain(name!, given.by ?? userAtHost());
      say(io.stderr, `No call begins on ${name} any more.`);
      if (!given["no-wait"]) await untilEmpty(nodes, name!, io, systemClock);
      return 0;
    }),
});

async function untilEmpty(nodes: NodeDesk, name: string, io: Io, clock: Clock): Promise<void> {
  for (let told = -1; ; await clock.wait(lookEveryMs, io.signal)) {
    const calls = await nodes.callsOn(name);
    if (calls === 0) return say(io.stdout, `${name} has no calls: it may be stopped.`);
    if (calls !== told) say(io.stderr, calls === 1 ? "1 call is going on" : `${calls} calls are going on`);
    told = calls;
  }
}

const resume = defineCommand({
  name: "node resume",
  summary: "Let calls begin again on one Asterisk.",
  operands: ["NAME"],
  options: { by: { value: "NAME", help: "who says so (default: you, on this machine)" } },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback node resume north"],
  run: async ([name], given, io) =>
    withNodes(io, async (nodes) => {
      const was = await nodes.resume(name!, given.by ?? userAtHost());
      say(io.stdout, was ? `Calls may begin on ${name} again.` : `${name} was not being drained.`);
      return 0;
    }),
});

const remove = defineCommand({
  name: "node remove",
  summary: "Take an Asterisk that is gone for good off the list.",
  operands: ["NAME"],
  options: { by: { value: "NAME", help: "who says so (default: you, on this machine)" } },
  notes:
    "Refused while it has calls, or a running copy of Hearback has it in its settings. Its calls stay in the history; should\n" +
    "it come back, it is let in as a new one, and takes calls. Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback node remove north"],
  run: async ([name], given, io) =>
    withNodes(io, async (nodes) => {
      await nodes.remove(name!, given.by ?? userAtHost());
      say(io.stdout, `${name} is off the list.`);
      return 0;
    }),
});

async function withNodes(io: Io, work: (nodes: NodeDesk) => Promise<number>): Promise<number> {
  const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
  try {
    return await work(database.nodes);
  } finally {
    await database.close();
  }
}

export const node = defineGroup({
  name: "node",
  summary:
    "See the Asterisks that calls are made on, take one out of use, let it in again, or off the list for good.",
  parts: [list, drain, resume, remove],
  examples: ["hearback node list", "hearback node drain north"],
});
