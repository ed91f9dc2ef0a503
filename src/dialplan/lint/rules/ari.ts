import { settingOf } from "#dialplan/conf/conf.ts";
import { aclOf } from "../acl.ts";
import { type Configuration, sectionIn, usersIn } from "../configuration.ts";
import { weakPassword } from "../passwords.ts";
import { beyond } from "../reach.ts";
import { type Found, type Rule, says, wrongIn, wrongOrUnsaid } from "../rule.ts";

const source = "RELIABILITY.md 3.2";
const general = ["ari.conf", "general"] as const;

const everySite = (value: string): boolean => value.includes("*");

/** Whoever may write to ARI is master of the exchange. */
export const ariRules: readonly Rule[] = [
  {
    ...{ name: "ari-off", level: "fault", source: "Asterisk, ari.conf.sample" },
    find: (all) => wrongIn(sectionIn(all, ...general), "enabled", says.notYes),
    says: "without ARI Hearback cannot call",
    instead: "enabled = yes",
  },
  {
    ...{ name: "ari-origins", level: "fault", source },
    find: (all) => wrongIn(sectionIn(all, ...general), "allowed_origins", everySite),
    says: "a page of any web site, open in a browser near Asterisk, may use ARI",
    instead: "delete the line: no browser speaks to ARI",
  },
  {
    ...{ name: "ari-named-origins", level: "warning", source },
    find: (all) =>
      wrongIn(sectionIn(all, ...general), "allowed_origins", (value) => value !== "" && !everySite(value)),
    says: "pages of these web sites, open in a browser near Asterisk, may use ARI",
    instead: "delete the line: no browser speaks to ARI",
  },
  {
    ...{ name: "ari-password", level: "fault", source },
    find: (all) => usersIn(all, "ari.conf").flatMap((user) => weakPassword(user, "password")),
    says: "the password is missing, short, known or like the user's name; its holder rings whom they like",
    instead: "24 random letters and digits at least, in site.conf's [ari-site]",
  },
  {
    ...{ name: "ari-no-addresses", level: "fault", source },
    find: (all) =>
      beyond(all, "http.conf")
        ? usersIn(all, "ari.conf").flatMap((user) =>
            user.open || aclOf(all, user).length > 0 ? [] : [{ at: user.at, about: user.name }],
          )
        : [],
    says: "ARI can be reached from other machines, and this user from any of them",
    instead: "deny = 0.0.0.0/0.0.0.0 and then permit = for each of Hearback's addresses",
  },
  {
    ...{ name: "ari-many-masters", level: "fault", source, find: manyMasters },
    says: "a second user may do all that Hearback may: load modules, ring anybody, listen",
    instead: "read_only = yes, or delete the user",
  },
  {
    ...{ name: "ari-write-timeout", level: "fault", source: "RELIABILITY.md 0.4" },
    find: (all) =>
      wrongOrUnsaid(all, general, "websocket_write_timeout", (value) => !(Number(value) >= 1_000)),
    says: "Asterisk cuts Hearback off when it is busy for a moment (0.1 s without the line), and its calls go unheard",
    instead: "websocket_write_timeout = 5000",
  },
  {
    ...{ name: "ari-channel-variables", level: "warning", source: "RELIABILITY.md 1.2, F12" },
    find: (all) => wrongIn(sectionIn(all, ...general), "channelvars", (value) => value !== ""),
    says: "variables are sent with each event, which slows all calls",
    instead: "delete the line",
  },
];

function manyMasters(all: Configuration): Found[] {
  const masters = usersIn(all, "ari.conf").filter(
    (user) => !user.open || settingOf(user, "read_only") !== undefined,
  );
  return masters
    .filter((user) => !says.yes(settingOf(user, "read_only")?.value ?? "no"))
    .slice(1)
    .map(({ at, name }) => ({ at, about: name }));
}
