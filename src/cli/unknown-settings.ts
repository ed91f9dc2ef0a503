import { crashPointName, settingNames } from "#config.ts";
import { nearest } from "#lib/nearest.ts";
import { type Io, say } from "./command.ts";

const known = new Set([crashPointName, ...settingNames.flatMap((name) => [name, `${name}_FILE`])]);

/** A setting with a slip in its name would be passed over in silence. */
export function warnOfStrangers({ env, stderr }: Pick<Io, "env" | "stderr">): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith("HEARBACK_") || known.has(name)) continue;
    const meant = nearest(name, [...known]);
    say(stderr, `hearback: warning: ${name} is no setting${meant ? `; did you mean ${meant}?` : ""}`);
  }
}
