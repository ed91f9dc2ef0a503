import { type Account, describeGrant, isEmail, isName, sameEmail } from "#access/account.ts";
import { invitationDays, invitationEnds } from "#access/invitation.ts";
import type { LinkHash } from "#access/ports.ts";
import { makeSecret } from "#access/secret.ts";
import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { type Io, say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";
import type { Database } from "./ports.ts";
import { accountOf, commandUser, grantNotes, grantOptions, readGrant, withDatabase } from "./user-account.ts";

const needs = "Needs HEARBACK_DATABASE_URL and HEARBACK_PUBLIC_URL.";
const once = `The link alone is written to standard output. It is good once, for ${invitationDays} days: hand it to nobody else.`;

export const add = defineCommand({
  name: "user add",
  summary: "Make an account, and a link by which its user sets a password and an authenticator app.",
  operands: ["EMAIL"],
  options: {
    name: { value: "NAME", help: "as colleagues know them", required: true },
    ...grantOptions,
  },
  notes: [once, grantNotes, needs].join("\n"),
  examples: [
    'hearback user add w.okonjo@trust.example --name "Wilhelmina Okonjo" --role governance --trust RXX',
    'hearback user add b.singh@trust.example --name "Baljit Singh" --role clinician --trust RXX --ward "Ward 4"',
  ],
  run: async ([typed], given, io) => {
    const email = sameEmail(typed!);
    if (!isEmail(email)) throw new UsageError(`"${typed}" is no e-mail address`);
    if (!isName(given.name)) throw new UsageError("--name is no name: up to 100 letters, on one line");
    const grant = readGrant(given);
    const { link, hash } = newLink(publicUrlOf(io));
    await withDatabase(io, ({ accounts }) =>
      accounts.add({ email, name: given.name, grants: [grant], invitation: hash }, commandUser()),
    );
    say(
      io.stderr,
      `${given.name} is ${describeGrant(grant)}. Hand them this link, by a way that only they read:`,
    );
    say(io.stdout, link);
    return 0;
  },
});

interface Renewal {
  name: string;
  summary: string;
  examples: string[];
  renew(database: Database, account: Account, hash: LinkHash): Promise<void>;
  /** What became of the account, before the link. */
  told: string;
}

const renewal = ({ name, summary, examples, renew, told }: Renewal) =>
  defineCommand({
    ...{ name, summary, examples, operands: ["EMAIL"], options: {} },
    notes: [once, needs].join("\n"),
    run: async ([typed], _given, io) => {
      const { link, hash } = newLink(publicUrlOf(io));
      const account = await withDatabase(io, async (database) => {
        const found = await accountOf(database, typed!);
        await renew(database, found, hash);
        return found;
      });
      say(io.stderr, `${account.name}: ${told} Hand them this link, by a way that only they read:`);
      say(io.stdout, link);
      return 0;
    },
  });

export const invite = renewal({
  name: "user invite",
  summary: "A new link for an account that has no password yet; the old one is good no more.",
  examples: ["hearback user invite w.okonjo@trust.example"],
  renew: ({ accounts }, { id }, hash) => accounts.invite(id, hash, commandUser()),
  told: "earlier links are good no more.",
});

export const reset = renewal({
  name: "user reset",
  summary:
    "Forget password and authenticator app at once, end all sessions, and make a link to set new ones.",
  examples: ["hearback user reset w.okonjo@trust.example"],
  renew: ({ accounts }, { id }, hash) => accounts.reset(id, hash, commandUser()),
  told: "password and authenticator app are forgotten, all sessions are ended.",
});

function newLink(publicUrl: string): { link: string; hash: LinkHash } {
  const { secret, sha256 } = makeSecret();
  return {
    link: `${publicUrl}/invitation/${secret}`,
    hash: { sha256, expiresAt: invitationEnds(systemClock.now()) },
  };
}

function publicUrlOf(io: Io): string {
  const { publicUrl } = readSettings(["publicUrl"], io.env);
  if (publicUrl !== null) return publicUrl;
  const text = "HEARBACK_PUBLIC_URL is missing, e.g. https://hearback.trust.example: the link begins with it";
  throw new AppError("settings_wrong", `1 setting is wrong:\n  ${text}`);
}
