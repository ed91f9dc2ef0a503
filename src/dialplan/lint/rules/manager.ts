import { type Section, settingOf } from "#dialplan/conf/conf.ts";
import { aclOf } from "../acl.ts";
import { type Configuration, sectionIn, usersIn } from "../configuration.ts";
import { weakPassword } from "../passwords.ts";
import { beyond, plainBeyond } from "../reach.ts";
import { type Found, type Rule, says, wrongIn } from "../rule.ts";

const source = "RELIABILITY.md 3.2";
const general = (all: Configuration) => sectionIn(all, "manager.conf", "general");
const classesOf = (user: Section, key: "read" | "write"): string[] =>
  (settingOf(user, key)?.value ?? "")
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter(Boolean);

/** Each is a way to own the machine, to ring anybody, or into running calls. */
const owning = [
  "all",
  "originate",
  "command",
  "config",
  "agi",
  "dialplan",
  "call",
  "message",
  "user",
  "agent",
  "aoc",
  "test",
];
/** What tells whom is called and what they press. */
const telling = [
  "all",
  "verbose",
  "command",
  "dtmf",
  "cdr",
  "call",
  "config",
  "log",
  "dialplan",
  "message",
  "cc",
  "agi",
];

/** AMI: for health, and for reloading. */
export const managerRules: readonly Rule[] = [
  {
    ...{ name: "manager-plain", level: "fault", source: `${source}; Asterisk, manager.conf.sample` },
    find: (all) => plainBeyond(all, "manager.conf"),
    says: "AMI can be reached from other machines without TLS",
    instead: "bindaddr = 127.0.0.1, and for other machines tlsenable, tlsbindaddr and an ACL (README.md)",
  },
  {
    ...{ name: "manager-off", level: "warning", source: "RELIABILITY.md 1.1" },
    find: (all) => wrongIn(general(all), "enabled", says.notYes),
    says: "without AMI nobody watches Asterisk's health, and no release can be applied",
    instead: "enabled = yes",
  },
  {
    ...{ name: "manager-web", level: "fault", source: `${source}; CVE-2024-42365` },
    find: (all) => wrongIn(general(all), "webenabled", says.yes),
    says: "AMI is offered by HTTP as well, to browsers",
    instead: "webenabled = no",
  },
  {
    ...{ name: "manager-rights", level: "fault", source: `${source}; CVE-2024-42365` },
    find: (all) => rights(all, "write", owning),
    says: "this user may ring anybody, run commands, change configuration or reach into calls",
    instead: "write = reporting to look on, write = system to reload",
  },
  {
    ...{ name: "manager-many-reloaders", level: "fault", source, find: manyReloaders },
    says: "the class system loads modules and hangs up calls, and a second user has it",
    instead: "leave it to [release] alone",
  },
  {
    ...{ name: "manager-reads-patients", level: "fault", source: `${source}; nothing of patients in logs` },
    find: (all) => rights(all, "read", telling),
    says: "this user is told whom Asterisk calls and which keys they press",
    instead: "read = system",
  },
  {
    ...{ name: "manager-password", level: "fault", source },
    find: (all) => usersIn(all, "manager.conf").flatMap((user) => weakPassword(user, "secret")),
    says: "the secret is missing, short, known or like the user's name",
    instead: "24 random letters and digits at least, in site.conf",
  },
  {
    ...{ name: "manager-no-addresses", level: "fault", source },
    find: (all) =>
      beyond(all, "manager.conf")
        ? usersIn(all, "manager.conf").flatMap((user) =>
            user.open || aclOf(all, user).length > 0 ? [] : [{ at: user.at, about: user.name }],
          )
        : [],
    says: "AMI can be reached from other machines, and this user from any of them",
    instead: "deny = 0.0.0.0/0.0.0.0 and then permit = for each of Hearback's addresses",
  },
];

function rights(all: Configuration, key: "read" | "write", wrong: readonly string[]): Found[] {
  return usersIn(all, "manager.conf").flatMap((user) => {
    const many = classesOf(user, key).filter((word) => wrong.includes(word));
    const setting = settingOf(user, key);
    return many.length > 0 && setting ? [{ at: setting.at, about: `${user.name}: ${many.join(",")}` }] : [];
  });
}

function manyReloaders(all: Configuration): Found[] {
  const reloaders = usersIn(all, "manager.conf").filter((user) =>
    classesOf(user, "write").includes("system"),
  );
  return reloaders.slice(1).map((user) => ({ at: settingOf(user, "write")!.at, about: user.name }));
}
