import { neededModules } from "#dialplan/lint/needed-modules.ts";
import { type AriSettings, ariSettings, wantAri } from "#doctor/ask-ari.ts";
import { defineNodeCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";

/** Each of these starts programs, reads the environment, or rings numbers by itself. */
const dangerous =
  /^(app_system|app_originate|func_shell|func_env|res_agi|app_externalivr|pbx_spool|res_clioriginate)$/;

export const asteriskModules = defineNodeCheck({
  name: "modules",
  ofNode: ariSettings,
  run: async (settings: AriSettings, signal) => {
    const list = await wantAri<{ name: string; status: string }[] | null>(
      settings,
      "asterisk/modules",
      signal,
    );
    const running = new Set(
      (list ?? []).filter(({ status }) => status === "Running").map(({ name }) => name.replace(/\.so$/, "")),
    );
    return [...missing(running), ...unwanted(running)];
  },
});

function missing(running: ReadonlySet<string>): Finding[] {
  const away = neededModules.filter((name) => !running.has(name));
  if (away.length === 0) return [ok(`all ${neededModules.length} that calls need are loaded`)];
  return [
    fault(
      `Asterisk has not loaded ${away.join(", ")}`,
      "add them to modules.conf as in dialplans/asterisk, and restart Asterisk",
    ),
  ];
}

function unwanted(running: ReadonlySet<string>): Finding[] {
  const found = [...running].filter((name) => dangerous.test(name));
  if (found.length === 0) return [];
  const why = "each lets whoever reaches Asterisk start programs, read its environment or ring numbers";
  return [
    warning(`Asterisk has loaded ${found.join(", ")}`, `unload what nothing else of yours needs: ${why}`),
  ];
}
