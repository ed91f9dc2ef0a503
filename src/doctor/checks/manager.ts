import { askAmi } from "#doctor/ask-ami.ts";
import { whyOf } from "#doctor/ask-ari.ts";
import { defineNodeCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";

/** Each of these is a way to own the machine or to ring anybody (RELIABILITY.md 3.2). */
const forbidden = [
  ...["Originate", "Command", "UpdateConfig", "CreateConfig", "AGI", "Redirect", "BlindTransfer", "Atxfer"],
  ...["Setvar", "MixMonitor", "Monitor", "PlayDTMF", "MessageSend", "Bridge", "DialplanExtensionAdd"],
];
/** "Reload" needs Asterisk's class "system", and with it come these. */
const comesWithReload = ["DialplanExtensionAdd"];

interface Wanted {
  what: string;
  user: string | null;
  secret: string | null;
  must: string;
  may: readonly string[];
}

export const manager = defineNodeCheck({
  name: "manager",
  ofNode: [
    ...(["amiHost", "amiPort", "amiTls", "amiHealthUser", "amiHealthPassword"] as const),
    ...(["amiReleaseUser", "amiReleasePassword"] as const),
  ],
  run: async ({ amiHost: host, amiPort: port, amiTls: tls, ...users }, signal) => {
    if (host === null)
      return [
        warning("AMI is not set up: Asterisk's health is not watched", "set HEARBACK_AMI_HOST and its users"),
      ];
    const both: Wanted[] = [
      {
        ...{ what: "health", user: users.amiHealthUser, secret: users.amiHealthPassword },
        ...{ must: "CoreStatus", may: [] },
      },
      {
        ...{ what: "release", user: users.amiReleaseUser, secret: users.amiReleasePassword },
        ...{ must: "Reload", may: comesWithReload },
      },
    ];
    return Promise.all(both.map((wanted) => look({ host, port, tls }, wanted, signal)));
  },
});

async function look(
  at: { host: string; port: number; tls: boolean },
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Finding> {
  const { what, user, secret, must, may } = wanted;
  if (!user || !secret)
    return warning(`no ${what} user is named`, `set HEARBACK_AMI_${what.toUpperCase()}_USER and _PASSWORD`);
  const answer = await askAmi({ ...at, user, secret }, signal).catch((thrown: unknown) => whyOf(thrown));
  if (typeof answer === "string")
    return fault(
      `AMI does not answer at ${at.host}:${at.port} (${answer})`,
      "check HEARBACK_AMI_HOST, _PORT and _TLS, and manager.conf",
    );
  if (answer.kind === "refused")
    return fault(
      `AMI refuses the ${what} user "${user}": ${answer.why}`,
      "compare user, password, and the addresses it permits with manager.conf",
    );
  const tooMuch = forbidden.filter((action) => answer.actions.includes(action) && !may.includes(action));
  if (tooMuch.length > 0)
    return fault(
      `the ${what} user "${user}" may also ${tooMuch.join(", ")}`,
      `in manager.conf give it no more than [${what}] has in dialplans/asterisk/manager.conf`,
    );
  if (!answer.actions.includes(must))
    return fault(`the ${what} user "${user}" may not ${must}`, "compare its write = line in manager.conf");
  return ok(`the ${what} user "${user}" may ${must}, and neither ring nor command`);
}
