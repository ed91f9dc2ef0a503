import { networkInterfaces } from "node:os";
import { holesIn, isOlder, versionFloor } from "#dialplan/lint/known-holes.ts";
import { type AriSettings, ariSettings, askAri, whyOf } from "#doctor/ask-ari.ts";
import { defineNodeCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";

interface Info {
  system?: { version?: string; entity_id?: string };
}

export const asterisk = defineNodeCheck({
  name: "asterisk",
  ofNode: ariSettings,
  run: async (settings: AriSettings, signal) => {
    const answer = await askAri(settings, "asterisk/info", signal).catch((thrown: unknown) => whyOf(thrown));
    if (typeof answer === "string")
      return [
        fault(
          `Asterisk does not answer at ${settings.ariUrl} (${answer})`,
          "check HEARBACK_ARI_URL, that Asterisk runs, and http.conf",
        ),
      ];
    if (answer.status === 401)
      return [
        fault(
          `Asterisk refuses the ARI user "${settings.ariUser}"`,
          "compare HEARBACK_ARI_USER and _PASSWORD with ari.conf",
        ),
      ];
    const { version, entity_id: entityId } = (answer.body as Info | null)?.system ?? {};
    if (!version || !entityId)
      return [
        fault(`${settings.ariUrl} answers, but not as ARI does`, "check HEARBACK_ARI_URL and ari.conf"),
      ];
    return [versionOf(version), await rights(settings, signal), entity(entityId)];
  },
});

function versionOf(version: string): Finding {
  if (!isOlder(version, versionFloor)) return ok(`Asterisk ${version}`);
  const holes = holesIn(version).map(({ name, what }) => `${name} (${what})`);
  const remedy = `update it to ${versionFloor.join(".")} or newer: ${holes.join(", ")}`;
  return fault(`Asterisk ${version} has known holes`, remedy);
}

/** Asks for what is not there: a user that may write hears that it is not there, one that may not hears that first. */
async function rights(settings: AriSettings, signal: AbortSignal): Promise<Finding> {
  const { status } = await askAri(settings, "channels/hearback-doctor-asks", signal, "DELETE");
  if (status === 404) return ok(`the ARI user "${settings.ariUser}" may control calls`);
  return fault(
    `the ARI user "${settings.ariUser}" may not control calls (${status})`,
    "in ari.conf give it read_only = no",
  );
}

/** Without a setting it is a network card's address, which copies of a virtual machine share. */
function entity(entityId: string): Finding {
  const remedy = "set entityid in asterisk.conf under [options], to another value for each Asterisk";
  const ours = Object.values(networkInterfaces()).flatMap((cards) => cards?.map(({ mac }) => mac) ?? []);
  const octet = /^([0-9a-f]{2})(:[0-9a-f]{2}){5}$/i.exec(entityId)?.[1];
  const ofCard = octet !== undefined && (Number.parseInt(octet, 16) & 2) === 0;
  if (ofCard || ours.includes(entityId.toLowerCase()))
    return warning(`its entityid ${entityId} is a network card's address, which another may share`, remedy);
  return ok(`its entityid is ${entityId}`);
}
