import type { Fault } from "#lib/fault.ts";

/** [2026-11-22 08:15:43.123] WARNING[4711] pbx_config.c: ... */
const linePattern = /^\[[^\]]*\] (WARNING|ERROR)\[\d+\](?:\[[^\]]*\])? ([\w.-]+): (.*)$/gm;
const placePattern =
  /\b(?:line (\d+) of (?:file )?'?(?:\S*\/)?([\w-]+\.conf)|(?:\S*\/)?([\w-]+\.conf),? (?:at )?line:? (\d+)|(\d+) of ([\w-]+\.conf)|(?:\S*\/)([\w-]+\.conf):(\d+))/;

/** What Asterisk wrote into its log about the files, each with the file and line that it names. */
export function complaintsOf(log: string): Fault[] {
  const faults = [...log.matchAll(linePattern)].map(([, level, source, said]) => {
    const found = placePattern.exec(said!);
    const file = found?.[2] ?? found?.[3] ?? found?.[6] ?? found?.[7];
    const line = Number(found?.[1] ?? found?.[4] ?? found?.[5] ?? found?.[8] ?? 0);
    return {
      ...{ file: file ? `asterisk/${file}` : "asterisk", line, column: line > 0 ? 1 : 0 },
      ...{
        rule: "asterisk-says",
        level: isOfFiles(level!, source!, file) ? ("fault" as const) : ("warning" as const),
      },
      what: `Asterisk says (${level!.toLowerCase()}, ${source}): ${withoutFolders(said!)}`,
      instead: "write it so that Asterisk loads it without a word",
    };
  });
  return [...new Map(faults.map((fault) => [`${fault.file}:${fault.line}:${fault.what}`, fault])).values()];
}

/** What is not about a file may be the machine's load, such as modules of PJSIP that come in another order: told, no more. */
const isOfFiles = (level: string, source: string, file: string | undefined): boolean =>
  level === "ERROR" || file !== undefined || /^(?:pbx|config|loader|app_|func_|res_pjsip)/.test(source);

/** The scratch Asterisk's own folders say nothing to anybody. */
const withoutFolders = (text: string): string => text.trim().replace(/\S*\/(?=[\w-]+\.conf\b)/g, "");
