import { readFileSync } from "node:fs";
import { readSettings } from "#config.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { nearest } from "#lib/nearest.ts";
import { audit } from "./audit.ts";
import { call } from "./call.ts";
import { campaign } from "./campaign.ts";
import { type Command, type Io, say, UsageError } from "./command.ts";
import { importList } from "./import.ts";
import { lazyCommand } from "./lazy-command.ts";
import { migrate } from "./migrate.ts";
import { node } from "./node.ts";
import { optOut } from "./opt-out.ts";
import { columns } from "./options.ts";
import { promises } from "./promises.ts";
import { results } from "./results.ts";
import { sensitive } from "./sensitive.ts";
import { serve } from "./serve.ts";
import { services } from "./services.ts";
import { resumeAll, stopAll } from "./stop-all.ts";
import { abortOnSignals, forgiveClosedPipe } from "./terminal.ts";
import { token } from "./token.ts";
import { transcribe } from "./transcribe.ts";
import { trunk } from "./trunk.ts";
import { warnOfStrangers } from "./unknown-settings.ts";
import { user } from "./user.ts";
import { visit } from "./visit.ts";
import { why } from "./why.ts";

/** Loaded only when asked for: it brings a whole telephone network with it. */
const demo = lazyCommand({
  name: "demo",
  summary: "Ring pretend people on a telephone network of its own, on this machine alone.",
  load: async () => (await import("./demo.ts")).demo,
});

/** It brings every adapter with it. */
const doctor = lazyCommand({
  name: "doctor",
  summary: "Look whether everything is right for ringing patients; changes nothing, rings nobody.",
  load: async () => (await import("./doctor.ts")).doctor,
});

/** It brings every checker with it. */
const check = lazyCommand({
  name: "check",
  summary:
    "Look whether flows, prompts and dialplans are sound: each fault with its line and what to write instead.",
  load: async () => (await import("./check.ts")).check,
});

/** It brings the interpreter, and for some of its commands a telephone network. */
const flow = lazyCommand({
  name: "flow",
  summary: "Call flows as callers meet them: run their tests, draw them, walk every branch.",
  load: async () => (await import("./flow.ts")).flow,
});

const backup = lazyCommand({
  name: "backup",
  summary: "Write every row and every story into a new folder, all as of one moment; serve may go on.",
  load: async () => (await import("./backup.ts")).backup,
});
const restore = lazyCommand({
  name: "restore",
  summary:
    "Put a backup back into an empty database and story folder, and compare every row and story with it.",
  load: async () => (await import("./restore.ts")).restore,
});

/** It brings the database and the story store with it. */
const verify = lazyCommand({
  name: "verify",
  summary: "Check the whole history: nobody rung twice or at the wrong time, no key and no story lost.",
  load: async () => (await import("./verify.ts")).verify,
});

const keys = lazyCommand({
  name: "keys",
  summary: "The master key that wraps the keys of the stories: look, and change it.",
  load: async () => (await import("./keys.ts")).keys,
});
const recordings = lazyCommand({
  name: "recordings",
  summary: "Stories as files: seal those of before, erase one for good.",
  load: async () => (await import("./recordings.ts")).recordings,
});

const release = lazyCommand({
  name: "release",
  summary: "The versions of flows, prompts and dialplans: what is live, the draft, publish and roll back.",
  load: async () => (await import("./release.ts")).release,
});
/** It brings a rehearsal's Asterisk with it. */
const dialplan = lazyCommand({
  name: "dialplan",
  summary: "The dialplan that is yours: check it, put it in force under live calls, and put it back.",
  load: async () => (await import("./dialplan.ts")).dialplan,
});

const prompts = lazyCommand({
  name: "prompts",
  summary:
    "What calls say: how each prompt stands, recordings taken in, stand-ins, reviews, and the way back.",
  load: async () => (await import("./prompts.ts")).prompts,
});

/** It brings the interpreter and the prompts' measures. */
const tryOut = lazyCommand({
  name: "try",
  summary: "Walk a flow here as a caller: read what would be heard, type what you press.",
  load: async () => (await import("./try.ts")).tryOut,
});

export const commands: readonly Command[] = [
  serve,
  migrate,
  doctor,
  check,
  prompts,
  release,
  flow,
  tryOut,
  backup,
  restore,
  verify,
  keys,
  recordings,
  importList,
  campaign,
  sensitive,
  stopAll,
  resumeAll,
  node,
  trunk,
  dialplan,
  why,
  visit,
  promises,
  optOut,
  call,
  results,
  transcribe,
  user,
  token,
  audit,
  demo,
];

const help = [
  "Usage: hearback COMMAND [options]",
  "",
  "The NHS Friends and Family Test by telephone.",
  "",
  "Commands:",
  ...columns(commands.map(({ name, summary }) => [name, summary])),
  "",
  "hearback COMMAND --help tells more of each; hearback --version tells which one this is.",
].join("\n");

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** @returns the exit status: 0 done, 1 failed, 2 wrongly called, 130 stopped by Ctrl-C */
export async function main(args: string[], io: Io): Promise<number> {
  try {
    const [word, ...rest] = args;
    if (word === "--help" || word === "-h" || word === "help") {
      say(io.stdout, help);
      return 0;
    }
    if (word === "--version") {
      say(io.stdout, `hearback ${version}`);
      return 0;
    }
    const command = findCommand(word);
    warnOfStrangers(io);
    return await command.run(rest, io);
  } catch (thrown) {
    if (io.signal.aborted) {
      say(io.stderr, "Stopped.");
      return 130;
    }
    return tellFailure(thrown, io);
  }
}

function findCommand(word: string | undefined): Command {
  const names = commands.map(({ name }) => name);
  if (word === undefined) throw new UsageError(`a command is missing: ${names.join(", ")}`);
  const found = commands.find(({ name }) => name === word);
  if (found) return found;
  const meant = nearest(word, names);
  throw new UsageError(
    `there is no command "${word}"; ${meant ? `did you mean ${meant}?` : `there are: ${names.join(", ")}`}`,
  );
}

function tellFailure(thrown: unknown, io: Io): number {
  say(io.stderr, `hearback: ${messageOf(thrown)}`);
  if (thrown instanceof UsageError) {
    say(io.stderr, "hearback --help tells what there is.");
    return 2;
  }
  if (wantsDetails(io)) say(io.stderr, thrown instanceof Error ? (thrown.stack ?? "") : "");
  else if (!(thrown instanceof AppError))
    say(io.stderr, "This is a fault of Hearback's own; HEARBACK_LOG_LEVEL=debug shows where in the code.");
  return 1;
}

function wantsDetails(io: Io): boolean {
  try {
    return readSettings(["logLevel"], io.env).logLevel === "debug";
  } catch {
    return false;
  }
}

if (import.meta.main) {
  forgiveClosedPipe(process.stdout);
  const { stdin, stdout, stderr, env } = process;
  const io: Io = { stdin, stdout, stderr, env, signal: abortOnSignals(process), services };
  process.exitCode = await main(process.argv.slice(2), io);
  // What was given up half done, such as a connection that never came, must not keep us here.
  setTimeout(() => process.exit(), 2_000).unref();
}
