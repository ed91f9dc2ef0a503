/** Whoever governs a trust says who may sign in there, and what for. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Account, governed, mayManage } from "#access/account.ts";
import { invitationDays, invitationEnds } from "#access/invitation.ts";
import { makeSecret } from "#access/secret.ts";
import { AppError } from "#lib/errors.ts";
import { placesOf, roleWords } from "../account/words.ts";
import type { RoomPages } from "../build-room.ts";
import type { RoomParts } from "../ports.ts";
import { typed } from "../sign-in/cookies.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { grantAt, nameOfGrant, readGrantForm, readUserForm, type UserForm } from "./forms.ts";

export const userPages: RoomPages = async (web, parts) => {
  const governing = { config: { right: "governance" } } as const;
  web.get("/governance/users", governing, (request, reply) => list(parts, request, reply));
  web.get("/governance/users/new", governing, async (request, reply) =>
    showNew(request, reply, { values: { role: "clinician" }, faults: {} }),
  );
  web.post("/governance/users/new", governing, (request, reply) => invite(parts, request, reply));
  web.get("/governance/users/:id", governing, (request, reply) =>
    withAccount(parts, request, reply, (account) => show(request, reply, { account })),
  );
  actPages(web, parts);
};

/** Each is a form of one account's page. */
function actPages(web: FastifyInstance, parts: RoomParts): void {
  const { accounts, sessions } = parts.signIn;
  type Act = (
    account: Account,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<string | FastifyReply>;
  const act = (name: string, work: Act) =>
    web.post(`/governance/users/:id/${name}`, { config: { right: "governance" } }, (request, reply) =>
      withAccount(parts, request, reply, async (account) => {
        if (!mayManage(signedIn(request), account)) return refuse(reply);
        const done = await work(account, request, reply);
        if (typeof done !== "string") return done;
        return reply.redirect(`/governance/users/${account.id}?done=${done}`, 303);
      }),
    );
  act("grant", async (account, request, reply) => {
    const { grant, faults, values } = readGrantForm(request.body, governed(signedIn(request).grants));
    if (!grant) return show(request, reply.code(400), { account, faults, values });
    return unless("grant_exists", () => accounts.grant(account.id, grant, byOf(request)), "granted");
  });
  act("revoke", async (account, request) => {
    const grant = grantAt(account.grants, typed(request, "grant"));
    if (!grant) return "revoked";
    return unless("grant_missing", () => accounts.revoke(account.id, grant, byOf(request)), "revoked");
  });
  act("sessions", async ({ id }, request) => {
    await sessions.endAll(id, "ended", byOf(request));
    return "sessions";
  });
  act("link", async (account, request, reply) => {
    const { link, hash } = newLink(parts);
    const renew = account.hasPassword || account.hasIdentity ? accounts.reset : accounts.invite;
    await renew(account.id, hash, byOf(request));
    return showLink(reply, { name: account.name, link, isNew: false });
  });
  act("end", async ({ id }, request) => {
    await accounts.end(id, byOf(request));
    return "ended";
  });
}

const byOf = (request: FastifyRequest) => {
  const { userId, name } = signedIn(request);
  return { kind: "user", id: userId, name } as const;
};

/** What is so already need not be done again: two tabs, or two people. */
async function unless(code: string, work: () => Promise<void>, done: string): Promise<string> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== code) throw thrown;
  }
  return done;
}

/** One that means something in a trust of theirs, or nothing anywhere. */
const isSeen = (request: FastifyRequest, { grants }: Account): boolean => {
  const trusts = governed(signedIn(request).grants);
  return grants.length === 0 || grants.some(({ trust }) => trusts.has(trust));
};

async function withAccount(
  { signIn }: RoomParts,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (account: Account) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const { id } = request.params as { id: string };
  const account = /^[0-9a-f-]{36}$/.test(id) ? await signIn.accounts.find({ id }) : null;
  return account && isSeen(request, account) ? work(account) : reply.trouble(404, notFound);
}

const refuse = (reply: FastifyReply) =>
  reply.trouble(403, {
    title: "You may not change this account",
    happened: "It is your own, or it has a role in a trust that is not yours.",
    next: "Ask somebody else who manages accounts, or whoever runs Hearback.",
  });

async function list({ signIn }: RoomParts, request: FastifyRequest, reply: FastifyReply) {
  const all = await signIn.accounts.list({ ended: false });
  const users = all.filter((account) => isSeen(request, account)).map((account) => told(account));
  return reply.page("users/list.njk", { users });
}

const told = (account: Account) => ({
  ...account,
  roles: account.grants.map((grant) => ({
    key: nameOfGrant(grant),
    name: roleWords[grant.role].name,
    places: placesOf(grant),
  })),
});

function showNew(
  request: FastifyRequest,
  reply: FastifyReply,
  { values, faults }: Pick<UserForm, "values" | "faults">,
) {
  const trusts = [...governed(signedIn(request).grants)].sort();
  return reply.page("users/new.njk", { values, faults, trusts, roles: roleWords, days: invitationDays });
}

async function invite(parts: RoomParts, request: FastifyRequest, reply: FastifyReply) {
  const form = readUserForm(request.body, governed(signedIn(request).grants));
  if (!form.user) return showNew(request, reply.code(400), form);
  const { link, hash } = newLink(parts);
  try {
    await parts.signIn.accounts.add({ ...form.user, invitation: hash }, byOf(request));
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "account_exists") throw thrown;
    const faults = { email: "There is an account with this e-mail address already" };
    return showNew(request, reply.code(409), { ...form, faults });
  }
  return showLink(reply, { name: form.user.name, link, isNew: true });
}

const showLink = (reply: FastifyReply, shown: { name: string; link: string; isNew: boolean }) =>
  reply.page("users/link.njk", { ...shown, days: invitationDays });

function newLink({ publicUrl, clock }: RoomParts) {
  const { secret, sha256 } = makeSecret();
  return {
    link: `${publicUrl}/invitation/${secret}`,
    hash: { sha256, expiresAt: invitationEnds(clock.now()) },
  };
}

interface Shown {
  account: Account;
  faults?: Record<string, string>;
  values?: Record<string, string>;
}

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  { account, faults = {}, values = {} }: Shown,
) {
  const who = signedIn(request);
  return reply.page("users/user.njk", {
    ...{ user: told(account), faults, values: { role: "clinician", ...values }, roles: roleWords },
    trusts: [...governed(who.grants)].sort(),
    ...{ mine: account.id === who.userId, manageable: !account.endedAt && mayManage(who, account) },
    done: (request.query as { done?: unknown }).done,
  });
}
