import { type Environment, readSettings, settingKeys } from "#config.ts";
import { defineCheck, fault, ok } from "#doctor/check.ts";
import { messageOf } from "#lib/errors.ts";

/** All that are wrong, not only the first. */
export const settings = (env: Environment) =>
  defineCheck({
    name: "settings",
    needs: [],
    run: () => {
      try {
        readSettings(settingKeys, env);
        return [ok(`${settingKeys.length} settings are right or may be left out`)];
      } catch (thrown) {
        const [, ...faults] = messageOf(thrown).split("\n");
        return faults.map((line) =>
          fault(line.trim(), "set it in the environment; README.md tells what each is"),
        );
      }
    },
  });
