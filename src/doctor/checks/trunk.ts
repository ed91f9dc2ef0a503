import { ariSettings, wantAri } from "#doctor/ask-ari.ts";
import { defineNodeCheck, fault, ok, warning } from "#doctor/check.ts";

export const trunk = defineNodeCheck({
  name: "trunk",
  ofNode: [...ariSettings, "trunk"],
  run: async ({ trunk: name, ...settings }, signal) => {
    const path = `endpoints/PJSIP/${encodeURIComponent(name)}`;
    const endpoint = await wantAri<{ state?: string } | null>(settings, path, signal);
    if (endpoint === null)
      return [
        fault(
          `Asterisk has no endpoint "${name}"`,
          "add it to pjsip.conf, or name the one that leads to the carrier in HEARBACK_TRUNK",
        ),
      ];
    if (endpoint.state === "online") return [ok(`the carrier answers on "${name}"`)];
    if (endpoint.state === "offline")
      return [
        fault(
          `the carrier does not answer on "${name}"`,
          "check contact and qualify_frequency in pjsip.conf, the firewall, and ask the carrier",
        ),
      ];
    return [
      warning(
        `nobody knows whether the carrier answers on "${name}" (${endpoint.state})`,
        "set qualify_frequency in its aor: Asterisk then asks",
      ),
    ];
  },
});
