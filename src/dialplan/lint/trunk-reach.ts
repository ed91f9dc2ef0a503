import { settingOf } from "#dialplan/conf/conf.ts";
import type { Context } from "#dialplan/conf/extensions.ts";
import { type Configuration, sipOf } from "./configuration.ts";

/** Where calls enter that come in: the contexts of all endpoints. */
export const trunkContexts = (all: Configuration): string[] =>
  all.confs.has("pjsip.conf")
    ? sipOf(all, "endpoint").map(({ section }) => settingOf(section, "context")?.value ?? "default")
    : ["from-trunk"];

/**
 * The contexts that a call can get to from there: by include, or where a line of a reached one names another. Names
 * that are made of variables cannot be followed.
 */
export function reachedFromTrunks(all: Configuration, from = trunkContexts(all)): Context[] {
  const reached = new Set<Context>();
  const enter = (name: string) => {
    const context = all.dialplan.find((each) => each.name === name);
    if (!context || reached.has(context)) return;
    reached.add(context);
    for (const include of context.includes) enter(include.name);
    for (const { name: next } of all.dialplan) if (names(context, next)) enter(next);
  };
  for (const name of from) enter(name);
  return [...reached];
}

/** Goto(name,...), GotoIf(...?name,...:name,...), Gosub(name,...), Local/7@name/n. */
function names({ extensions }: Context, name: string): boolean {
  const quoted = name.replace(/[\\^$.|+()*?{}[\]]/g, "\\$&");
  const mention = new RegExp(`(?:^|[?:@&,(])\\s*${quoted}\\s*(?=[,/&:)]|$)`);
  return extensions.some(
    ({ args, app }) =>
      /^(?:go|macro|dial|exec|queue|while|local|originate|page|stasis)/i.test(app) && mention.test(args),
  );
}
