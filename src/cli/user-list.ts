import { type Account, describeGrant } from "#access/account.ts";
import type { SessionRecord } from "#access/door-ports.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { accountOf, commandUser, withDatabase } from "./user-account.ts";

export const list = defineCommand({
  name: "user list",
  summary: "All accounts: what each is good for, and when it was last used.",
  options: {
    all: { help: "those that have ended, too" },
    json: { help: "for programs: a JSON array" },
  },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback user list"],
  run: async (_operands, given, io) => {
    const accounts = await withDatabase(io, (database) => database.accounts.list({ ended: given.all }));
    if (given.json) say(io.stdout, JSON.stringify(accounts, null, 2));
    else if (accounts.length === 0)
      say(
        io.stdout,
        "There is no account yet; make one with: hearback user add EMAIL --name NAME --role ROLE",
      );
    else for (const line of accounts.flatMap(linesOf)) say(io.stdout, line);
    return 0;
  },
});

const linesOf = (account: Account): string[] => [
  `${account.email}  ${account.name}  ${standing(account)}`,
  ...account.grants.map((grant) => `  ${describeGrant(grant)}`),
];

function standing({
  endedAt,
  invitedUntil,
  hasPassword,
  hasSecondFactor,
  hasIdentity,
  lastSignInAt,
}: Account) {
  if (endedAt) return `ended ${minute(endedAt)}`;
  if (lastSignInAt) return `last signed in ${minute(lastSignInAt)}`;
  if (hasIdentity || (hasPassword && hasSecondFactor)) return "never signed in";
  if (hasPassword) return "has a password, and no authenticator app yet";
  return invitedUntil ? `invited, until ${minute(invitedUntil)}` : "invited, and the link has expired";
}

export const sessions = defineCommand({
  name: "user sessions",
  summary: "Where somebody is signed in now; with --end, nowhere any more.",
  operands: ["EMAIL"],
  options: { end: { help: "end all of them at once" } },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback user sessions b.singh@trust.example --end"],
  run: async ([typed], given, io) =>
    withDatabase(io, async (database) => {
      const { id, name } = await accountOf(database, typed!);
      if (given.end) {
        const ended = await database.sessions.endAll(id, "ended", commandUser());
        say(io.stdout, `${ended} ${ended === 1 ? "session" : "sessions"} of ${name} ended.`);
        return 0;
      }
      const open = await database.sessions.list(id);
      if (open.length === 0) say(io.stdout, `${name} is signed in nowhere.`);
      else for (const session of open) say(io.stdout, lineOf(session));
      return 0;
    }),
});

const lineOf = ({ begunAt, usedAt, way, address, agent }: SessionRecord): string =>
  `since ${minute(begunAt)}, used ${minute(usedAt)}, by ${way}, from ${address ?? "?"}  ${plain(agent ?? "")}`;

/** What a browser calls itself may hold anything; a terminal must not obey it. */
const plain = (text: string): string => text.replace(/\P{ASCII}|\p{Cc}/gu, "?");

export const end = defineCommand({
  name: "user end",
  summary: "End an account for good: its sessions, roles, password and links.",
  operands: ["EMAIL"],
  options: {},
  notes: "The address may have a new account later. Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback user end b.singh@trust.example"],
  run: async ([typed], _given, io) => {
    const { name } = await withDatabase(io, async (database) => {
      const account = await accountOf(database, typed!);
      await database.accounts.end(account.id, commandUser());
      return account;
    });
    say(io.stdout, `The account of ${name} has ended.`);
    return 0;
  },
});

const minute = (moment: Date): string => `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;
