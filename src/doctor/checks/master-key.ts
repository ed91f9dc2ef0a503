import { statSync } from "node:fs";
import type { Environment } from "#config.ts";
import { defineCheck, type Finding, fault, ok } from "#doctor/check.ts";
import { withDatabase } from "#doctor/with-database.ts";
import { masterKeysInUse } from "#postgres/master-keys.ts";
import { createMasterKeys } from "#storage/master-key.ts";

const files = ["HEARBACK_DATA_KEY_FILE", "HEARBACK_MASTER_KEY_FILE", "HEARBACK_OLD_MASTER_KEYS_FILE"];

export const masterKey = (env: Environment) =>
  defineCheck({
    name: "master key",
    needs: ["databaseUrl", "dataKey", "masterKey", "oldMasterKeys"],
    run: async (settings) => {
      const open = files.flatMap((name) => readableByOthers(name, env[name]?.trim()));
      const masters = createMasterKeys(settings);
      const used = await withDatabase(settings.databaseUrl, (pool) => masterKeysInUse(pool, masters));
      const lost = used.filter(({ fits }) => !fits).map(({ keyId, stories }) => notAtHand(keyId, stories));
      if (open.length + lost.length > 0) return [...open, ...lost];
      const old = used.filter(({ keyId, stories }) => keyId !== masters.keyId && stories > 0);
      const whence = settings.masterKey ? "given" : "derived from HEARBACK_DATA_KEY";
      return [
        ok(
          old.length > 0
            ? `${masters.keyId} is ${whence}; keys of before are at hand too: hearback keys rotate ends their use`
            : `${masters.keyId} is ${whence}, and opens the keys of all stories`,
        ),
      ];
    },
  });

/** What Docker hands over it guards by the folder. */
function readableByOthers(name: string, path: string | undefined): Finding[] {
  if (!path || path.startsWith("/run/secrets/")) return [];
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  const what = `others may read ${path} (${name}): its mode is 0${mode.toString(8)}`;
  return [fault(what, `chmod 0600 ${path}`)];
}

const notAtHand = (keyId: string, stories: number): Finding =>
  fault(
    `the master key ${keyId}, with which the keys of ${stories} stories are wrapped, is not at hand: nobody can hear them`,
    "give it as HEARBACK_MASTER_KEY, or among HEARBACK_OLD_MASTER_KEYS and run: hearback keys rotate",
  );
