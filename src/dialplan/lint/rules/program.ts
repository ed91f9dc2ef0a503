import { settingOf, settingsOf } from "#dialplan/conf/conf.ts";
import { type Configuration, sectionIn } from "../configuration.ts";
import { type Rule, says, wrongIn, wrongOrUnsaid } from "../rule.ts";

const options = ["asterisk.conf", "options"] as const;
const option = (all: Configuration) => sectionIn(all, ...options);
const source = "RELIABILITY.md 3.2";

/** asterisk.conf: the program as a whole. */
export const programRules: readonly Rule[] = [
  {
    ...{ name: "live-dangerously", level: "fault", source: `${source}; Asterisk, Privilege Escalations` },
    find: (all) => wrongIn(option(all), "live_dangerously", says.yes),
    says: "whoever reaches ARI, AMI or a call's variables may read files and run programs",
    instead: "live_dangerously = no",
  },
  {
    ...{ name: "exec-includes", level: "fault", source },
    find: (all) => wrongIn(option(all), "execincludes", says.yes),
    says: "configuration files may run programs by #exec",
    instead: "execincludes = no",
  },
  {
    ...{ name: "console-shell", level: "fault", source: `${source}; GHSA-c7p6-7mvq-8jq2` },
    find: (all) => wrongOrUnsaid(all, options, "disable_remote_console_shell", says.notYes),
    says: "whoever reaches Asterisk's console gets a shell by typing !",
    instead: "disable_remote_console_shell = yes",
  },
  {
    ...{ name: "run-as-root", level: "fault", source },
    find: (all) =>
      ["runuser", "rungroup"].flatMap((key) =>
        wrongIn(option(all), key, (value) => /^(root|0)$/.test(value)),
      ),
    says: "Asterisk runs as root: one hole in it is a hole in the whole machine",
    instead: "a user of its own, such as runuser = asterisk, or none here and User= in its systemd unit",
  },
  {
    ...{ name: "core-dumps", level: "fault", source },
    find: (all) => wrongIn(option(all), "dumpcore", says.yes),
    says: "a crash writes Asterisk's memory to the disk, with what patients were saying",
    instead: "dumpcore = no",
  },
  {
    ...{ name: "verbose-console", level: "fault", source: `${source}; nothing of patients in logs` },
    find: (all) =>
      ["verbose", "debug"].flatMap((key) => wrongIn(option(all), key, (value) => Number(value) > 0)),
    says: "the console, which is logged, tells numbers that are called and keys that are pressed",
    instead: "verbose = 0 and debug = 0",
  },
  {
    ...{ name: "silence-untransmitted", level: "fault", source: "Asterisk, asterisk.conf.sample" },
    find: (all) => wrongOrUnsaid(all, options, "transmit_silence", says.notYes),
    says: "nothing is sent while a story is recorded, and networks drop a call that falls mute",
    instead: "transmit_silence = yes",
  },
  {
    ...{ name: "few-files", level: "warning", source: "RELIABILITY.md 1.2, F15" },
    find: (all) => wrongIn(option(all), "maxfiles", (value) => Number(value) < 4_096),
    says: "too few files and sockets for a hundred calls, each of which holds up to sixteen",
    instead: "maxfiles = 8192",
  },
  {
    ...{ name: "entityid-missing", level: "warning", source: "RELIABILITY.md 0.7" },
    find: (all) => wrongOrUnsaid(all, options, "entityid", (value) => value === ""),
    says: "without a name of its own this Asterisk goes by its network card's address, which another may share",
    instead: "entityid = in site.conf's [options-site], six octets in hex, another for each Asterisk",
  },
  {
    ...{
      name: "control-socket",
      level: "fault",
      source: "Asterisk, asterisk.conf.sample; RELIABILITY.md 3.2",
    },
    find: (all) =>
      wrongIn(sectionIn(all, "asterisk.conf", "files"), "astctlpermissions", (value) =>
        /[2367]$/.test(value),
      ),
    says: "everybody on the machine may write to the control socket, and so command Asterisk",
    instead: "astctlpermissions = 0660",
  },
  {
    ...{ name: "startup-commands", level: "fault", source: "Asterisk, cli.conf.sample" },
    find: (all) =>
      (sectionIn(all, "cli.conf", "startup_commands")?.settings ?? [])
        .filter(({ value }) => says.yes(value))
        .map(({ at, key }) => ({ at, about: key })),
    says: "a command is run at each start that no release knows of",
    instead: "delete it, and say in the configuration itself what it would set",
  },
  {
    ...{ name: "realtime", level: "fault", source: "Asterisk, extconfig.conf.sample" },
    find: (all) =>
      (sectionIn(all, "extconfig.conf", "settings")?.settings ?? []).map(({ at, key }) => ({
        at,
        about: key,
      })),
    says: "Asterisk takes this configuration from a database, which nobody checks and no release keeps",
    instead: "delete the line, and keep it in a file",
  },
  {
    ...{ name: "key-transfer", level: "fault", source: "RELIABILITY.md 3.2; Asterisk, features.conf.sample" },
    find: (all) => {
      const map = sectionIn(all, "features.conf", "featuremap");
      return settingsOf(map, "blindxfer", "atxfer", "parkcall", "automixmon").map(({ at, key }) => ({
        at,
        about: key,
      }));
    },
    says: "keys that a caller presses transfer, park or record the call past Hearback",
    instead: "delete the line",
  },
  {
    ...{ name: "music-program", level: "fault", source: "Asterisk, musiconhold.conf.sample" },
    find: ({ confs }) =>
      (confs.get("musiconhold.conf")?.sections ?? []).flatMap((section) => {
        const program = settingOf(section, "application");
        return program ? [{ at: program.at, about: section.name }] : [];
      }),
    says: "music on hold runs a program",
    instead: "mode = files with a directory, or no music at all: nobody is put on hold",
  },
];
