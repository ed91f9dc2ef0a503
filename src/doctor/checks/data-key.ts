import { defineCheck, fault, ok } from "#doctor/check.ts";
import { withDatabase } from "#doctor/with-database.ts";
import { keyFits } from "#postgres/data-key.ts";
import { createCiphers } from "#storage/ciphers.ts";

export const dataKey = defineCheck({
  name: "data key",
  needs: ["databaseUrl", "dataKey"],
  run: (settings) =>
    withDatabase(settings.databaseUrl, async (pool) => {
      const fits = await keyFits(pool, createCiphers(settings.dataKey));
      if (fits === null) return [ok("nothing is encrypted yet: any key fits")];
      if (fits) return [ok("it opens what the database holds")];
      return [
        fault(
          "it is not the key that this database was written with: nobody could be rung, and opt-outs would not be seen",
          "give HEARBACK_DATA_KEY the key that was first used; it is kept apart from the backups",
        ),
      ];
    }),
});
