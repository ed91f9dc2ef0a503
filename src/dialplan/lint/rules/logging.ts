import { type Setting, settingOf } from "#dialplan/conf/conf.ts";
import { type Configuration, sectionIn } from "../configuration.ts";
import { weakPassword } from "../passwords.ts";
import { type Found, type Rule, says, startOf, wrongIn } from "../rule.ts";

const files = (all: Configuration): Setting[] => sectionIn(all, "logger.conf", "logfiles")?.settings ?? [];
const levelsOf = ({ value }: Setting): string[] =>
  value
    .replace(/^\[\w+\]/, "")
    .split(",")
    .map((level) => level.trim());

/** Logs, and what else leaves the machine. */
export const loggingRules: readonly Rule[] = [
  {
    ...{ name: "log-of-patients", level: "fault", source: "RELIABILITY.md 3.2; nothing of patients in logs" },
    find: (all) =>
      files(all).flatMap((file) => {
        const talkative = levelsOf(file).filter((level) =>
          /^(verbose|dtmf|debug|trace|fax|security|\*)/i.test(level),
        );
        return talkative.length > 0 ? [{ at: file.at, about: talkative.join(",") }] : [];
      }),
    says: "the log gets numbers that are called, or keys that are pressed",
    instead: "notice,warning,error",
  },
  {
    ...{ name: "log-of-nothing", level: "warning", source: "Asterisk, logger.conf.sample", find: nothing },
    says: "no log file gets Asterisk's warnings and errors",
    instead: "messages => notice,warning,error under [logfiles]",
  },
  {
    ...{ name: "metrics-password", level: "fault", source: "Asterisk, prometheus.conf.sample" },
    find: (all) => {
      const general = sectionIn(all, "prometheus.conf", "general");
      return settingOf(general, "auth_username", "auth_password") && general
        ? weakPassword(general, "auth_password", settingOf(general, "auth_username")?.value)
        : [];
    },
    says: "the password of /metrics is missing, short, known or like the user's name",
    instead: "24 random letters and digits at least",
  },
  {
    ...{ name: "statsd-on", level: "warning", source: "Asterisk, statsd.conf.sample" },
    find: (all) => wrongIn(sectionIn(all, "statsd.conf", "general"), "enabled", says.yes),
    says: "figures about calls are sent to another machine, unencrypted",
    instead: "enabled = no; /metrics has them",
  },
  {
    ...{ name: "websocket-out", level: "fault", source: "Asterisk, websocket_client.conf.sample" },
    find: ({ confs }) =>
      (confs.get("websocket_client.conf")?.sections ?? [])
        .filter((section) => settingOf(section, "uri"))
        .map(({ at, name }) => ({ at, about: name })),
    says: "Asterisk connects to another machine by itself, which may then drive its calls",
    instead: "delete the section: Hearback connects to Asterisk",
  },
];

function nothing(all: Configuration): Found[] {
  const conf = all.confs.get("logger.conf");
  if (!conf) return [];
  const kept = files(all).some((file) =>
    ["warning", "error"].every((level) => levelsOf(file).includes(level)),
  );
  return kept ? [] : [{ at: sectionIn(all, "logger.conf", "logfiles")?.at ?? startOf(conf) }];
}
