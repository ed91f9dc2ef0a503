/** Every setting of Hearback, in one table; this is the only file that reads the environment. */
import { isIP } from "node:net";
import { AppError } from "#lib/errors.ts";
import { type NodeSettings, nodesFile, nodeTable, readNodes } from "./node-settings.ts";
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
import { readStaffNumbers } from "./staff-numbers.ts";

export type { NodeSettings } from "./node-settings.ts";
export type { Environment } from "./setting.ts";

export const speechEngines = ["none", "pocketsphinx", "google", "openai-compatible"] as const;

const table = {
  databaseUrl: required(
    {
      name: "HEARBACK_DATABASE_URL",
      help: "The Postgres database (15 or newer); add `?sslmode=verify-full` for TLS",
      example: "postgres://hearback:secret@db.example/hearback",
      secret: true,
    },
    url("postgres:", "postgresql:"),
  ),
  dataKey: required(
    {
      name: "HEARBACK_DATA_KEY",
      help: "Encrypts telephone numbers in the database: 32 random bytes, as base64 or hex. Whoever loses it loses the numbers",
      example: "the 44 characters that `openssl rand -base64 32` prints",
      secret: true,
    },
    key,
  ),
  masterKey: optionalOf(
    {
      name: "HEARBACK_MASTER_KEY",
      help: "Wraps the keys of the stories: 32 random bytes, as base64 or hex; give the file, for it alone, as `HEARBACK_MASTER_KEY_FILE`. Without it a key derived from the data key does. Whoever loses it loses the stories",
      example: "the 44 characters that `openssl rand -base64 32` prints",
      secret: true,
    },
    key,
  ),
  oldMasterKeys: required(
    {
      name: "HEARBACK_OLD_MASTER_KEYS",
      help: "Master keys of before, separated by commas or line ends, until `hearback keys rotate` has wrapped everything with the new one",
      example: "what HEARBACK_MASTER_KEY was",
      fallback: "none",
      secret: true,
    },
    keys,
  ),
  backupDays: optionalOf(
    {
      name: "HEARBACK_BACKUP_DAYS",
      help: "How long you keep backups: the proof of an erasure says until when they may still hold what was erased",
      example: "35",
    },
    whole(1, 36_500),
  ),
  ariApp: required(
    {
      name: "HEARBACK_ARI_APP",
      help: "Name of the Stasis application to which `extensions.conf` sends inbound calls; each process dials under a name of its own that begins with it",
      example: "hearback",
      fallback: "hearback",
    },
    word,
  ),
  storyFolder: required(
    {
      name: "HEARBACK_STORY_FOLDER",
      help: "Where patients' stories are kept",
      example: "/var/lib/hearback/stories",
    },
    asItIs,
  ),
  spoolFolder: optional({
    name: "HEARBACK_SPOOL_FOLDER",
    help: "Where keys pressed are kept, encrypted, while the database is away; `answer-spool` below the stories when not given. On a disk of this machine that survives a restart",
    example: "/var/lib/hearback/answer-spool",
  }),
  promptFolder: required(
    {
      name: "HEARBACK_PROMPT_FOLDER",
      help: "The prompts with their manifest",
      example: "/srv/hearback/prompts",
      fallback: "prompts",
    },
    asItIs,
  ),
  flowFolder: required(
    {
      name: "HEARBACK_FLOW_FOLDER",
      help: "The call flows",
      example: "/srv/hearback/flows",
      fallback: "dialplans/flows",
    },
    asItIs,
  ),
  speechEngine: required(
    {
      name: "HEARBACK_SPEECH_ENGINE",
      help: "Who turns stories into words: `google`, `openai-compatible` (a server of your own), `none`, or `pocketsphinx` (rough: for rehearsals only)",
      example: "none",
    },
    oneOf(...speechEngines),
  ),
  pocketsphinx: optional({
    name: "HEARBACK_POCKETSPHINX",
    help: "The program `pocketsphinx`; must be given where it is the speech engine",
    example: "/usr/bin/pocketsphinx",
  }),
  pocketsphinxModel: required(
    {
      name: "HEARBACK_POCKETSPHINX_MODEL",
      help: "The folder with its model: `en-us`, `en-us.lm.bin` and `cmudict-en-us.dict`",
      example: "/usr/share/pocketsphinx/model/en-us",
      fallback: "/usr/share/pocketsphinx/model/en-us",
    },
    asItIs,
  ),
  speechLanguage: required(
    {
      name: "HEARBACK_SPEECH_LANGUAGE",
      help: "The language of the stories, as BCP 47 has it",
      example: "cy-GB",
      fallback: "en-GB",
    },
    language,
  ),
  speechPhrases: optionalOf(
    {
      name: "HEARBACK_SPEECH_PHRASES",
      help: "A file with names of wards, drugs and people that the engine would hardly expect, one phrase a line",
      example: "/etc/hearback/phrases.txt",
    },
    phrases,
  ),
  googleProject: optional({
    name: "HEARBACK_GOOGLE_PROJECT",
    help: "The Google Cloud project; must be given where google is the speech engine",
    example: "trust-feedback",
  }),
  googleLocation: required(
    {
      name: "HEARBACK_GOOGLE_LOCATION",
      help: "Where Google processes the sound: `eu`, `europe-west2` ... (not every model is everywhere)",
      example: "europe-west2",
      fallback: "eu",
    },
    word,
  ),
  googleModel: required(
    {
      name: "HEARBACK_GOOGLE_MODEL",
      help: "Its model: `telephony`, `chirp_3` ...",
      example: "chirp_3",
      fallback: "telephony",
    },
    word,
  ),
  googleRecogniser: required(
    {
      name: "HEARBACK_GOOGLE_RECOGNISER",
      help: "A recogniser of the project; `_` is none",
      example: "feedback",
      fallback: "_",
    },
    word,
  ),
  googleCredentials: optionalOf(
    {
      name: "HEARBACK_GOOGLE_CREDENTIALS",
      help: "The key file of its service account; by Google's own means (Application Default Credentials) when not given",
      example: "/etc/hearback/google.json",
    },
    readableFile,
  ),
  openaiUrl: optionalOf(
    {
      name: "HEARBACK_OPENAI_URL",
      help: "The speech server, without `/v1/audio/transcriptions`; must be given where openai-compatible is the speech engine",
      example: "https://speech.example:8443",
    },
    url("http:", "https:"),
  ),
  openaiModel: optional({
    name: "HEARBACK_OPENAI_MODEL",
    help: "Its model, kept with every transcript; must be given with it",
    example: "whisper-large-v3",
  }),
  openaiKey: optional({
    name: "HEARBACK_OPENAI_KEY",
    help: "Its key, where it asks for one",
    example: "sk-correct-horse",
    secret: true,
  }),
  openaiCa: optionalOf(
    {
      name: "HEARBACK_OPENAI_CA",
      help: "A PEM file with the authority that signed its certificate, where that is one of your own",
      example: "/etc/hearback/speech-ca.pem",
    },
    certificates,
  ),
  openaiFormat: required(
    {
      name: "HEARBACK_OPENAI_FORMAT",
      help: "`verbose_json` has times and confidence; `json` for servers and models that know no other",
      example: "json",
      fallback: "verbose_json",
    },
    oneOf("verbose_json", "json"),
  ),
  listen: required(
    {
      name: "HEARBACK_LISTEN",
      help: "Address and port of Hearback's own HTTP server",
      example: "0.0.0.0:8080",
      fallback: "127.0.0.1:8080",
    },
    address,
  ),
  publicUrl: optionalOf(
    {
      name: "HEARBACK_PUBLIC_URL",
      help: "Where people's browsers find Hearback's pages, without a path; `https`, or `http` on this machine only. Without it there are no pages",
      example: "https://hearback.trust.example",
    },
    origin,
  ),
  tlsCertificate: optionalOf(
    {
      name: "HEARBACK_TLS_CERTIFICATE",
      help: "A PEM file with Hearback's own certificate, and those between it and the authority; not needed where a proxy in front speaks TLS",
      example: "/etc/hearback/hearback.pem",
    },
    certificates,
  ),
  tlsKey: optionalOf(
    {
      name: "HEARBACK_TLS_KEY",
      help: "A PEM file with that certificate's key; must be given with it",
      example: "/etc/hearback/hearback.key",
    },
    textOf,
  ),
  trustedProxies: required(
    {
      name: "HEARBACK_TRUSTED_PROXIES",
      help: "The proxies whose `X-Forwarded-For` is believed: addresses, networks, `loopback`, separated by commas. Who guesses passwords is slowed down by address",
      example: "loopback, 10.20.0.0/16",
      fallback: "loopback",
    },
    proxies,
  ),
  oidcIssuer: optionalOf(
    {
      name: "HEARBACK_OIDC_ISSUER",
      help: "The sign-in service of your organisation (OpenID Connect): it says who somebody is, accounts here say what they may do",
      example: "https://login.microsoftonline.com/TENANT/v2.0",
    },
    secureUrl,
  ),
  oidcClientId: optional({
    name: "HEARBACK_OIDC_CLIENT_ID",
    help: "Hearback's name there; must be given with it. Its redirect address is HEARBACK_PUBLIC_URL and `/sign-in/oidc/back`",
    example: "hearback",
  }),
  oidcClientSecret: optional({
    name: "HEARBACK_OIDC_CLIENT_SECRET",
    help: "Hearback's secret there, where it has one",
    example: "correct-horse",
    secret: true,
  }),
  apiRequestsPerMinute: required(
    {
      name: "HEARBACK_API_REQUESTS_PER_MINUTE",
      help: "How many requests a minute one token may make; more are answered with 429",
      example: "120",
      fallback: "600",
    },
    whole(1, 100_000),
  ),
  trunkCallsPerSecond: required(
    {
      name: "HEARBACK_TRUNK_CALLS_PER_SECOND",
      help: "How many calls a second may begin on the trunk, by all campaigns and all copies of Hearback together; fewer while the trunk refuses calls",
      example: "5",
      fallback: "10",
    },
    whole(1, 1_000),
  ),
  maxCalls: optionalOf(
    {
      name: "HEARBACK_MAX_CALLS",
      help: "How many calls all Asterisks together may carry at once, whichever process dials them; without it only each node's and each campaign's own limit counts",
      example: "60",
    },
    whole(1, 10_000),
  ),
  maxInboundCalls: required(
    {
      name: "HEARBACK_MAX_INBOUND_CALLS",
      help: "How many people may ring us at once; one more hears the engaged tone",
      example: "10",
      fallback: "20",
    },
    whole(1, 10_000),
  ),
  maxCallsADay: optionalOf(
    {
      name: "HEARBACK_MAX_CALLS_A_DAY",
      help: "How many calls all campaigns together may begin in a day; without it only each campaign's own limit counts",
      example: "5000",
    },
    whole(1, 10_000_000),
  ),
  rehearsalAsterisk: optional({
    name: "HEARBACK_REHEARSAL_ASTERISK",
    help: "A folder with an Asterisk for walks of a draft, laid out as our packages are; those of this checkout when not given",
    example: "/opt/hearback-asterisk",
  }),
  staffNumbers: required(
    {
      name: "HEARBACK_STAFF_NUMBERS",
      help: 'The telephones of your staff that may be rung by a draft ("Call me now"), separated by commas, each with a label before `=` if you like; no others are',
      example: "Telecoms desk=07700 900123, 07700 900124",
      fallback: "none",
      secret: true,
    },
    readStaffNumbers,
  ),
  diskLowMb: required(
    {
      name: "HEARBACK_DISK_LOW_MB",
      help: "With less room than this where stories are kept, in megabytes, Hearback is not ready and tells people",
      example: "5000",
      fallback: "1000",
    },
    whole(1, 100_000_000),
  ),
  diskStopMb: required(
    {
      name: "HEARBACK_DISK_STOP_MB",
      help: "With less room than this where stories or the spool of answers are kept, in megabytes, no call is begun",
      example: "1000",
      fallback: "200",
    },
    whole(0, 100_000_000),
  ),
  wordsLateHours: required(
    {
      name: "HEARBACK_WORDS_LATE_HOURS",
      help: "A story that has waited so long for its words is told to people",
      example: "24",
      fallback: "4",
    },
    whole(1, 1_000),
  ),
  alertRepeatHours: required(
    {
      name: "HEARBACK_ALERT_REPEAT_HOURS",
      help: "What is still wrong is told again after so long, and not before",
      example: "12",
      fallback: "6",
    },
    whole(1, 1_000),
  ),
  alertWebhookUrl: optionalOf(
    {
      name: "HEARBACK_ALERT_WEBHOOK_URL",
      help: "Where alerts are posted as signed JSON; `https`, or `http` on this machine only",
      example: "https://alerts.example/hearback",
    },
    secureUrl,
  ),
  alertWebhookSecret: optional({
    name: "HEARBACK_ALERT_WEBHOOK_SECRET",
    help: "Signs them (HMAC-SHA256), so that the receiver knows them to be ours",
    example: "what `openssl rand -base64 32` prints",
    secret: true,
  }),
  smtpUrl: optionalOf(
    {
      name: "HEARBACK_SMTP_URL",
      help: "The mail server for alerts: `smtps`, or `smtp`, which must then offer STARTTLS unless it is on this machine",
      example: "smtps://hearback:secret@mail.example",
      secret: true,
    },
    url("smtp:", "smtps:"),
  ),
  alertMailFrom: optionalOf(
    {
      name: "HEARBACK_ALERT_MAIL_FROM",
      help: "The sender of alerts by e-mail",
      example: "hearback@trust.example",
    },
    mailAddress,
  ),
  alertMailTo: optionalOf(
    {
      name: "HEARBACK_ALERT_MAIL_TO",
      help: "Who gets them, separated by commas",
      example: "on-call@trust.example",
    },
    (raw) => raw.split(",").map((one) => mailAddress(one.trim())),
  ),
  logLevel: required(
    {
      name: "HEARBACK_LOG_LEVEL",
      help: "`debug`, `info`, `warn`, `error` or `silent`; with `debug`, a command that fails shows where in the code",
      example: "warn",
      fallback: "info",
    },
    oneOf("debug", "info", "warn", "error", "silent"),
  ),
  logFile: optional({
    name: "HEARBACK_LOG_FILE",
    help: "Where the log goes; to standard error when not given",
    example: "/var/log/hearback.log",
  }),
};

/** Where in the code `serve` is to die, in a rehearsal of that (lib/crash-point.ts). No setting: nobody else has a use for it. */
export const crashPointName = "HEARBACK_CRASH_POINT";
export const crashPointOf = (env: Environment): string | null => env[crashPointName] || null;

type Table = typeof table;
export type SettingKey = keyof Table | "nodes";

/** The value of each setting; null only where it may be left out. */
export type Settings = { [K in keyof Table]: ReturnType<Table[K]["read"]> } & {
  /** The Asterisks: at least one. */
  nodes: NodeSettings[];
};

const { databaseUrl, dataKey, ...others } = table;
/** In the order of the README. */
const described: Setting<unknown>[] = [
  ...[databaseUrl, dataKey, ...Object.values(nodeTable), nodesFile],
  ...Object.values(others),
];

export const settingKeys: readonly SettingKey[] = [
  ...(["databaseUrl", "dataKey", "nodes"] as const),
  ...(Object.keys(others) as (keyof typeof others)[]),
];
export const settingNames: readonly string[] = described.map(({ name }) => name);

/**
 * Reads the settings that somebody needs, and no others. Each may come as `NAME`, or as `NAME_FILE`: the path of a file
 * that holds the value, as Docker and systemd hand over secrets.
 * @throws AppError `settings_wrong`: all that is wrong, one line each, with what to do about it
 */
export function readSettings<K extends SettingKey>(
  keys: readonly K[],
  env: Environment = process.env,
): Pick<Settings, K> {
  const faults: string[] = [];
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const key of keys) {
    if (key === "nodes") {
      values.nodes = readNodes(env, faults);
      continue;
    }
    try {
      values[key] = readOne(table[key as keyof Table], env);
    } catch (fault) {
      faults.push((fault as Error).message);
    }
  }
  faults.push(...misfits(values));
  if (faults.length > 0) {
    const count = faults.length === 1 ? "1 setting is wrong" : `${faults.length} settings are wrong`;
    throw new AppError("settings_wrong", `${count}:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  }
  return values as Pick<Settings, K>;
}

/** The table for the README, in Markdown. */
export function describeSettings(): string {
  const lines = described.map(
    ({ name, help, example, fallback }) =>
      `| \`${name}\` | ${help} | ${standsAt(fallback)} | ${asCode(example)} |`,
  );
  return ["| Setting | What it is | When not given | Example |", "|---|---|---|---|", ...lines].join("\n");
}

const asCode = (example: string) => (example.includes("`") ? example : `\`${example}\``);

const standsAt = (fallback: string | null | undefined) =>
  fallback === undefined ? "must be given" : fallback === null ? "left out" : `\`${fallback}\``;

/** Settings that are right by themselves and wrong together. */
function misfits(values: Partial<Record<SettingKey, unknown>>): string[] {
  const faults: string[] = [];
  const demand = (key: keyof Table, because: string) => {
    const { name, example } = table[key];
    if (values[key] === null) faults.push(`${name} is missing, e.g. ${example}: ${because}`);
  };
  if (values.speechEngine === "pocketsphinx") {
    demand("pocketsphinx", `${table.speechEngine.name} is pocketsphinx`);
  }
  if (values.speechEngine === "google") demand("googleProject", `${table.speechEngine.name} is google`);
  if (values.speechEngine === "openai-compatible") {
    demand("openaiUrl", `${table.speechEngine.name} is openai-compatible`);
    demand("openaiModel", `${table.speechEngine.name} is openai-compatible`);
  }
  if (values.tlsCertificate) demand("tlsKey", `${table.tlsCertificate.name} is given`);
  if (values.tlsKey) demand("tlsCertificate", `${table.tlsKey.name} is given`);
  if (values.oidcIssuer) demand("oidcClientId", `${table.oidcIssuer.name} is given`);
  if (values.oidcIssuer) demand("publicUrl", `${table.oidcIssuer.name} is given`);
  if (values.alertWebhookUrl) demand("alertWebhookSecret", `${table.alertWebhookUrl.name} is given`);
  if (values.smtpUrl) demand("alertMailFrom", `${table.smtpUrl.name} is given`);
  if (values.smtpUrl) demand("alertMailTo", `${table.smtpUrl.name} is given`);
  return faults;
}

function language(raw: string): string {
  if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(raw)) throw new Error("is not a language as BCP 47 has it");
  return raw;
}

function readableFile(path: string): string {
  textOf(path);
  return path;
}

/** Google's limits: 5000 phrases of 100 letters, 100 000 letters in all. */
function phrases(path: string): string[] {
  const lines = textOf(path)
    .split("\n")
    .map((line) => line.trim());
  const found = [...new Set(lines.filter((line) => line !== "" && !line.startsWith("#")))];
  const long = lines.findIndex((line) => line.length > 100) + 1;
  if (long > 0) throw new Error(`has more than 100 letters in its line ${long}`);
  if (found.length > 5000 || found.join("").length > 100_000)
    throw new Error("has more than 5000 phrases, or more than 100000 letters");
  return found;
}

function secureUrl(raw: string): string {
  const read = url("https:", "http:")(raw);
  const { protocol, hostname } = new URL(read);
  if (protocol === "http:" && !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
    throw new Error("does not begin with https:// and is not on this machine");
  return read;
}

function proxies(raw: string): string {
  const parts = raw.split(",").map((part) => part.trim());
  const faulty = parts.find((part) => {
    const [address = "", bits] = part.split("/");
    const most = isIP(address) === 4 ? 32 : 128;
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    return part !== "loopback" && !(isIP(address) > 0 && isNetwork);
  });
  if (faulty !== undefined)
    throw new Error(`has "${faulty}", which is no address, no network and not loopback`);
  return parts.join(",");
}

function origin(raw: string): string {
  const read = secureUrl(raw);
  if (new URL(read).origin !== read) throw new Error("has more to it than a host and a port");
  return read;
}

function mailAddress(raw: string): string {
  if (!/^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(raw)) throw new Error("is no e-mail address");
  return raw;
}

function key(raw: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(raw) ? Buffer.from(raw, "hex") : Buffer.from(raw, "base64");
  if (bytes.length !== 32 || !/^[\w+/-]+={0,2}$/.test(raw))
    throw new Error("is not 32 bytes as base64 (44 characters) or hex (64)");
  return bytes;
}

function keys(raw: string): Buffer[] {
  if (raw === "none") return [];
  return raw
    .split(/[\s,]+/)
    .filter((one) => one !== "")
    .map(key);
}

function address(raw: string): { host: string; port: number } {
  const [, host, digits] = /^\[?([^\s[\]]+?)\]?:(\d+)$/.exec(raw) ?? [];
  if (!host || !digits) throw new Error("is not an address and a port");
  return { host, port: digits === "0" ? 0 : port(digits) };
}

function oneOf<const T extends string>(...words: T[]) {
  return (raw: string): T => {
    if (!(words as string[]).includes(raw)) throw new Error(`is none of ${words.join(", ")}`);
    return raw as T;
  };
}
