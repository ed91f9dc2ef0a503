import type { AriSettings } from "#doctor/ask-ari.ts";
import { ariSettings, wantAri } from "#doctor/ask-ari.ts";
import { callsWanted } from "#doctor/calls-wanted.ts";
import { defineNodeCheck, fault, ok, warning } from "#doctor/check.ts";

/** RTP and RTCP, and as many again: a port is not free at once when its call ends. */
const portsACall = 4;

export const rtpPorts = defineNodeCheck({
  name: "rtp ports",
  ofNode: ariSettings,
  needs: ["databaseUrl"],
  run: async ({ databaseUrl, ...settings }, signal) => {
    const [calls, first, last] = await Promise.all([
      callsWanted(databaseUrl),
      globalVariable(settings, "rtpstart", signal),
      globalVariable(settings, "rtpend", signal),
    ]);
    const wanted = `${calls} calls at once need ${calls * portsACall}`;
    if (first === null || last === null)
      return [
        warning(
          `Asterisk does not tell its range; ${wanted}`,
          "compare with rtp.conf; [globals] in dialplans/asterisk/extensions.conf shows how to have it told",
        ),
      ];
    const ports = last - first + 1;
    if (ports >= calls * portsACall) return [ok(`${ports} ports; ${wanted}`)];
    return [
      fault(`Asterisk has ${ports} ports; ${wanted}`, "widen rtpstart to rtpend in rtp.conf, or ring fewer"),
    ];
  },
});

async function globalVariable(
  settings: AriSettings,
  name: string,
  signal: AbortSignal,
): Promise<number | null> {
  const answer = await wantAri<{ value?: string } | null>(
    settings,
    `asterisk/variable?variable=${name}`,
    signal,
  );
  return /^\d+$/.test(answer?.value ?? "") ? Number(answer?.value) : null;
}
