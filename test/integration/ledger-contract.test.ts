import { inject } from "vitest";
import { createMemoryOffice } from "#rehearsal/simulation/memory-office.ts";
import { createOfficesAt } from "#rehearsal/simulation/postgres-office.ts";
import { PretendTime } from "#rehearsal/simulation/pretend-time.ts";
import { ledgerContract } from "../contract/ledger.ts";

ledgerContract("in memory", async (startMs) => {
  const time = { nowMs: startMs };
  return { office: createMemoryOffice(() => time.nowMs), time, close: async () => {} };
});

ledgerContract("on Postgres", async (startMs) => {
  const time = new PretendTime(startMs);
  const offices = await createOfficesAt(inject("postgresUrl"));
  return { office: await offices.open(time), time, close: () => offices.close() };
});
