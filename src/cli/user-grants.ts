import { describeGrant } from "#access/account.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { accountOf, commandUser, grantNotes, grantOptions, readGrant, withDatabase } from "./user-account.ts";

const notes = [
  "Their sessions end, so that it holds at once: they sign in again.",
  grantNotes,
  "Needs HEARBACK_DATABASE_URL.",
].join("\n");

export const grant = defineCommand({
  name: "user grant",
  summary: "Give an account one more role.",
  operands: ["EMAIL"],
  options: grantOptions,
  notes,
  examples: ["hearback user grant b.singh@trust.example --role coordinator --trust RXX"],
  run: async ([typed], given, io) => {
    const wanted = readGrant(given);
    const { name } = await withDatabase(io, async (database) => {
      const account = await accountOf(database, typed!);
      await database.accounts.grant(account.id, wanted, commandUser());
      return account;
    });
    say(io.stdout, `${name} is now ${describeGrant(wanted)}.`);
    return 0;
  },
});

export const revoke = defineCommand({
  name: "user revoke",
  summary: "Take a role from an account, written as it was given.",
  operands: ["EMAIL"],
  options: grantOptions,
  notes,
  examples: ["hearback user revoke b.singh@trust.example --role coordinator --trust RXX"],
  run: async ([typed], given, io) => {
    const unwanted = readGrant(given);
    const { name } = await withDatabase(io, async (database) => {
      const account = await accountOf(database, typed!);
      await database.accounts.revoke(account.id, unwanted, commandUser());
      return account;
    });
    say(io.stdout, `${name} is no longer ${describeGrant(unwanted)}.`);
    return 0;
  },
});
