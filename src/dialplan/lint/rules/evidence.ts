import { settingsOf } from "#dialplan/conf/conf.ts";
import { type Configuration, sectionIn } from "../configuration.ts";
import { type Found, type Rule, says, startOf, wrongIn, wrongOrUnsaid } from "../rule.ts";

const source = "issue 4, the ledger; dialplans/asterisk/README.md";
/** What a call's outcome is proven by. */
const wanted = ["CHAN_START", "ANSWER", "HANGUP", "CHAN_END", "LINKEDID_END"];
const columns = [
  "eventtype",
  "eventtime",
  "CHANNEL(uniqueid)",
  "CHANNEL(linkedid)",
  "CHANNEL(channame)",
  "eventextra",
];
const log = "log/cel-custom/Master.csv";

/** The two logs by which a call in doubt is settled: did it ring or not? */
export const evidenceRules: readonly Rule[] = [
  {
    ...{ name: "cdr-off", level: "fault", source },
    find: (all) => wrongIn(sectionIn(all, "cdr.conf", "general"), "enable", says.notYes),
    says: "no line is written for a call, so a call in doubt stays unknown",
    instead: "enable = yes",
  },
  {
    ...{ name: "cdr-unanswered", level: "fault", source },
    find: (all) =>
      ["unanswered", "congestion"].flatMap((key) =>
        wrongOrUnsaid(all, ["cdr.conf", "general"], key, says.notYes),
      ),
    says: "calls that nobody answered are not written down, though their telephone rang",
    instead: "unanswered = yes and congestion = yes",
  },
  {
    ...{ name: "cdr-without-id", level: "fault", source },
    find: (all) => wrongOrUnsaid(all, ["cdr.conf", "csv"], "loguniqueid", says.notYes),
    says: "the lines lack the channel's id, by which Hearback knows its calls",
    instead: "loguniqueid = yes under [csv]",
  },
  {
    ...{ name: "cdr-late", level: "fault", source: `${source}; Asterisk, cdr.conf.sample` },
    find: (all) => wrongIn(sectionIn(all, "cdr.conf", "general"), "batch", says.yes),
    says: "lines wait in memory to be written together, and a crash takes those of the calls in doubt with it",
    instead: "batch = no",
  },
  {
    ...{ name: "cel-off", level: "fault", source },
    find: (all) => wrongIn(sectionIn(all, "cel.conf", "general"), "enable", says.notYes),
    says: "no event is written, so after a crash nobody knows whether a telephone rang",
    instead: "enable = yes",
  },
  {
    ...{ name: "cel-events", level: "fault", source },
    find: (all) =>
      wrongOrUnsaid(all, ["cel.conf", "general"], "events", (value) => lacking(value).length > 0),
    says: "events are left out that prove whether a telephone rang and when the call ended",
    instead: `events = ${wanted.join(",")}`,
  },
  {
    ...{ name: "cel-times", level: "fault", source },
    find: (all) =>
      wrongOrUnsaid(all, ["cel.conf", "general"], "dateformat", (value) => !/^%s\.%[1-6]?q$/.test(value)),
    says: "the times in the event log are not those that Hearback reads, so nothing in it is proof",
    instead: "dateformat = %s.%6q",
  },
  {
    ...{ name: "cel-columns", level: "fault", source, find: celColumns },
    says: `${log} lacks columns that Hearback reads, or has them in another order`,
    instead: "take the line from dialplans/asterisk/cel_custom.conf",
  },
  {
    ...{ name: "cel-of-patients", level: "fault", source: "issue 4; nothing of patients in logs" },
    find: ({ confs }) =>
      (confs.get("cel_custom.conf")?.sections ?? []).flatMap((section) =>
        section.settings
          .filter(({ value }) => /CALLERID|\bEXTEN\b|DNID|RDNIS/i.test(value))
          .map(({ at, key }) => ({ at, about: key })),
      ),
    says: "the event log gets telephone numbers; they belong into the CDR alone",
    instead: "take CALLERID and EXTEN out",
  },
];

function lacking(events: string): string[] {
  const written = events.split(",").map((event) => event.trim().toUpperCase());
  return written.includes("ALL") ? [] : wanted.filter((event) => !written.includes(event));
}

function celColumns(all: Configuration): Found[] {
  const conf = all.confs.get("cel_custom.conf");
  if (!conf) return [];
  const mapping = settingsOf(sectionIn(all, "cel_custom.conf", "mappings"), "Master.csv").at(-1);
  if (!mapping) return conf.open ? [] : [{ at: startOf(conf) }];
  const written = mapping.value.split(",").map((column) =>
    column
      .trim()
      .replace(/^\$\{CSV_QUOTE\((.*)\)\}$/, "$1")
      .replace(/^\$\{(.*)\}$/, "$1"),
  );
  const fit = columns.every((column, index) => written[index] === column);
  return fit ? [] : [{ at: mapping.at }];
}
