/** The Asterisks that Hearback uses: one from the environment, or several from a file. */
import { parse } from "yaml";
import { messageOf } from "#lib/errors.ts";
import { nearest } from "#lib/nearest.ts";
import {
  asItIs,
  certificates,
  type Environment,
  optional,
  optionalOf,
  port,
  readOne,
  required,
  type Setting,
  textOf,
  url,
  whole,
  word,
} from "./setting.ts";

/** What is set for the one node, and what the file sets for each of many under the same keys. */
export const nodeTable = {
  name: required(
    {
      name: "HEARBACK_NODE_NAME",
      help: "What logs, metrics and `hearback node` call it; every process must call one Asterisk the same",
      example: "north",
      fallback: "asterisk",
    },
    nodeName,
  ),
  ariUrl: required(
    { name: "HEARBACK_ARI_URL", help: "Asterisk's HTTP server", example: "http://asterisk:8088" },
    url("http:", "https:"),
  ),
  ariCa: optionalOf(
    {
      name: "HEARBACK_ARI_CA",
      help: "A PEM file with the authority that signed its certificate, where that is one of your own (the whole process then trusts it, as with `NODE_EXTRA_CA_CERTS`)",
      example: "/etc/hearback/asterisk-ca.pem",
    },
    certificates,
  ),
  ariUser: required(
    { name: "HEARBACK_ARI_USER", help: "Its user, as in `ari.conf`", example: "hearback" },
    asItIs,
  ),
  ariPassword: required(
    { name: "HEARBACK_ARI_PASSWORD", help: "That user's password", example: "correct-horse", secret: true },
    asItIs,
  ),
  amiHost: optional({
    name: "HEARBACK_AMI_HOST",
    help: "Asterisk's manager interface, for health and for reloading; without it neither is done",
    example: "asterisk",
  }),
  amiPort: required({ name: "HEARBACK_AMI_PORT", help: "Its port", example: "5038", fallback: "5038" }, port),
  amiTls: required(
    {
      name: "HEARBACK_AMI_TLS",
      help: "Whether that port speaks TLS (`yes` or `no`), as it must where Asterisk is on another machine",
      example: "yes",
      fallback: "no",
    },
    yesOrNo,
  ),
  amiHealthUser: optional({
    name: "HEARBACK_AMI_HEALTH_USER",
    help: "Manager user that may only read",
    example: "health",
  }),
  amiHealthPassword: optional({
    name: "HEARBACK_AMI_HEALTH_PASSWORD",
    help: "Its password",
    example: "battery-staple",
    secret: true,
  }),
  amiReleaseUser: optional({
    name: "HEARBACK_AMI_RELEASE_USER",
    help: "Manager user that reloads (class `system`, the narrowest that may)",
    example: "release",
  }),
  amiReleasePassword: optional({
    name: "HEARBACK_AMI_RELEASE_PASSWORD",
    help: "Its password",
    example: "staple-battery",
    secret: true,
  }),
  trunk: required(
    {
      name: "HEARBACK_TRUNK",
      help: "The endpoint in `pjsip.conf` that leads to the carrier",
      example: "trunk",
      fallback: "trunk",
    },
    word,
  ),
  soundsFolder: required(
    {
      name: "HEARBACK_SOUNDS_FOLDER",
      help: "Asterisk's folder of sounds (`sounds` below its `astdatadir`): A-law copies of the prompts go into `hearback` there",
      example: "/var/lib/hearback/sounds",
    },
    asItIs,
  ),
  configFolder: optional({
    name: "HEARBACK_ASTERISK_CONFIG_FOLDER",
    help: "The folder in which its `extensions.conf` and `hooks.conf` lie, if this machine can write there: `hearback dialplan apply` works in it",
    example: "/etc/asterisk",
  }),
  celFile: optional({
    name: "HEARBACK_CEL_FILE",
    help: "Where its call events are written (`cel_custom.conf`), if this machine can read them: evidence of what rang",
    example: "/var/log/asterisk/cel-custom/Master.csv",
  }),
  cdrFile: optional({
    name: "HEARBACK_CDR_FILE",
    help: "Where its call records are written (`cdr_csv`), if this machine can read them",
    example: "/var/log/asterisk/cdr-csv/Master.csv",
  }),
};

export const nodesFile: Setting<string | null> = optionalOf(
  {
    name: "HEARBACK_NODES",
    help: "For more than one Asterisk, instead of the settings above: a YAML file with a list of them, under the same names (`name`, `ariUrl`, `ariPassword` or `ariPasswordFile` ...) and, if wanted, each one's `weight` and `maxCalls`",
    example: "/etc/hearback/nodes.yaml",
  },
  asItIs,
);

const onlyInFile = {
  weight: required(
    { name: "weight", help: "Its share of the calls beside the others'", example: "2", fallback: "1" },
    weight,
  ),
  maxCalls: optionalOf(
    { name: "maxCalls", help: "How many calls it may carry at once", example: "60" },
    whole(1, 10_000),
  ),
};

const fileTable = { ...nodeTable, ...onlyInFile };
type FileTable = typeof fileTable;
type NodeKey = keyof FileTable;

/** One Asterisk. */
export type NodeSettings = { [K in NodeKey]: ReturnType<FileTable[K]["read"]> };

/** Adds to `faults` what is wrong, each with its place and its remedy. */
export function readNodes(env: Environment, faults: string[]): NodeSettings[] {
  const path = given(env, faults);
  const nodes = path === null ? [readSingle(env, faults)] : readFile(path, faults);
  return nodes;
}

function given(env: Environment, faults: string[]): string | null {
  try {
    const path = readOne(nodesFile, env) as string | null;
    if (path === null) return null;
    for (const { name } of Object.values(nodeTable))
      if (env[name]?.trim() || env[`${name}_FILE`]?.trim())
        faults.push(`${nodesFile.name} and ${name} are both given: put it into the file, for each node`);
    return path;
  } catch (fault) {
    faults.push((fault as Error).message);
    return null;
  }
}

function readSingle(env: Environment, faults: string[]): NodeSettings {
  const node: Partial<Record<NodeKey, unknown>> = { weight: 1, maxCalls: null };
  for (const key of Object.keys(nodeTable) as (keyof typeof nodeTable)[])
    try {
      node[key] = readOne(nodeTable[key], env);
    } catch (fault) {
      faults.push((fault as Error).message);
    }
  faults.push(...misfits(node as NodeSettings, (key) => nodeTable[key].name));
  return node as NodeSettings;
}

/** A list of maps; the keys are those of the table, and a secret may be named by a file that holds it. */
function readFile(path: string, faults: string[]): NodeSettings[] {
  const place = `${nodesFile.name}="${path}"`;
  const list = listIn(path, place, faults);
  const nodes = list.map((entry, index) => readEntry(entry, `${place}, node ${index + 1}`, faults));
  for (const key of ["name", "ariUrl"] as const) faults.push(...twins(nodes, key, place));
  return nodes;
}

function listIn(path: string, place: string, faults: string[]): unknown[] {
  try {
    const list: unknown = parse(textOf(path));
    if (Array.isArray(list) && list.length > 0) return list;
    faults.push(`${place} holds no list of nodes, each beginning with "- name: ..."`);
  } catch (fault) {
    faults.push(`${place} ${messageOf(fault).split("\n")[0]}`);
  }
  return [];
}

function readEntry(entry: unknown, place: string, faults: string[]): NodeSettings {
  const given = valuesOf(entry, place, faults);
  const about = given.name === undefined ? place : `${place} (${given.name})`;
  const node: Partial<Record<NodeKey, unknown>> = {};
  for (const key of Object.keys(fileTable) as NodeKey[])
    try {
      node[key] = readOne(inFile(key), { ...given, [`${key}_FILE`]: given[`${key}File`] });
    } catch (fault) {
      faults.push(`${about}: ${(fault as Error).message.replaceAll("_FILE", "File")}`);
    }
  faults.push(...misfits(node as NodeSettings, (key) => key).map((fault) => `${about}: ${fault}`));
  return node as NodeSettings;
}

/** What one entry of the list gives, as text. */
function valuesOf(entry: unknown, place: string, faults: string[]): Record<string, string | undefined> {
  const isMap = entry !== null && typeof entry === "object" && !Array.isArray(entry);
  if (!isMap) faults.push(`${place} is no map of settings (\`name: ...\`, \`ariUrl: ...\`)`);
  const values: Record<string, string | undefined> = {};
  for (const [key, value] of Object.entries(isMap ? entry : {})) {
    const meant = nearest(key, keysInFile);
    if (!keysInFile.includes(key))
      faults.push(`${place}: ${key} is no setting${meant ? `; did you mean ${meant}?` : ""}`);
    else if (value !== null && typeof value === "object") faults.push(`${place}: ${key} is not one value`);
    else values[key] = value === null ? undefined : String(value);
  }
  return values;
}

const keysInFile: readonly string[] = Object.entries<Setting<unknown>>(fileTable).flatMap(
  ([key, { secret }]) => (secret ? [key, `${key}File`] : [key]),
);

/** As in the table, but under its key, and with a name of its own. */
function inFile(key: NodeKey): Setting<unknown> {
  const { fallback, ...rest } = fileTable[key] as Setting<unknown>;
  return { ...rest, name: key, ...(key === "name" || fallback === undefined ? {} : { fallback }) };
}

function misfits(node: NodeSettings, nameOf: (key: keyof typeof nodeTable) => string): string[] {
  const demanded = [
    ["amiHost", "amiHealthUser"],
    ["amiHealthUser", "amiHealthPassword"],
    ["amiReleaseUser", "amiReleasePassword"],
  ] as const;
  return demanded.flatMap(([given, wanted]) =>
    node[given] && node[wanted] === null
      ? [`${nameOf(wanted)} is missing, e.g. ${nodeTable[wanted].example}: ${nameOf(given)} is given`]
      : [],
  );
}

function twins(nodes: NodeSettings[], key: "name" | "ariUrl", place: string): string[] {
  const values = nodes.map((node) => node[key]).filter((value) => value !== undefined);
  const twice = new Set(values.filter((value, index) => values.indexOf(value) !== index));
  return [...twice].map((value) => `${place}: two nodes have the ${key} "${value}": each needs its own`);
}

function nodeName(raw: string): string {
  if (!/^[a-z0-9-]{1,32}$/.test(raw)) throw new Error("is not 1 to 32 small letters, digits and -");
  return raw;
}

function weight(raw: string): number {
  const value = Number(raw);
  if (!/^\d+(\.\d+)?$/.test(raw) || value <= 0 || value > 1_000)
    throw new Error("is not a number above 0, and 1000 at most");
  return value;
}

function yesOrNo(raw: string): boolean {
  if (raw !== "yes" && raw !== "no" && raw !== "true" && raw !== "false")
    throw new Error("is neither yes nor no");
  return raw === "yes" || raw === "true";
}
