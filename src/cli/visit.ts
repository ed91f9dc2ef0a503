import type { VisitHistory } from "#campaign/visit-history.ts";
import { readSettings } from "#config.ts";
import { AppError } from "#lib/errors.ts";
import { type Command, say } from "./command.ts";
import { defineGroup } from "./group.ts";
import { defineCommand } from "./options.ts";
import type { Database } from "./ports.ts";
import { userName } from "./user-name.ts";

interface Move {
  how: "hold" | "release" | "withdraw";
  summary: string;
  told: string;
}

const move = ({ how, summary, told }: Move): Command =>
  defineCommand({
    name: `visit ${how}`,
    summary,
    operands: ["REF"],
    options: {
      campaign: { value: "NAME", help: "needed where several campaigns have a visit of this reference" },
      by: { value: "NAME", help: "who decided it, for `hearback why`; your user name when not given" },
    },
    notes:
      "At any moment before its telephone rings; one that rings or talks just now is refused. Needs HEARBACK_DATABASE_URL.",
    examples: [`hearback visit ${how} E-20261120-0042`],
    run: async ([ref], given, io) => {
      const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
      try {
        const { visitId, campaign } = await findVisit(database, ref!, given.campaign ?? null);
        await database.moveVisit(visitId, how, given.by ?? userName());
        say(io.stdout, `Visit ${ref} of "${campaign.name}" ${told}`);
        return 0;
      } finally {
        await database.close();
      }
    },
  });

/** @throws AppError `visit_missing`, `visit_ambiguous` */
async function findVisit(database: Database, ref: string, campaign: string | null): Promise<VisitHistory> {
  const [visit, ...others] = await database.histories(ref, campaign);
  if (!visit)
    throw new AppError("visit_missing", `There is no visit "${ref}"${campaign ? ` in "${campaign}"` : ""}.`);
  if (others.length === 0) return visit;
  const names = [visit, ...others].map((found) => `"${found.campaign.name}"`).join(", ");
  throw new AppError(
    "visit_ambiguous",
    `Several campaigns have a visit "${ref}": say --campaign, one of ${names}.`,
  );
}

export const visit = defineGroup({
  name: "visit",
  summary: "Hold a visit back, release it, or withdraw it for good.",
  parts: [
    move({
      how: "hold",
      summary: "Do not call until it is released.",
      told: "is held: it is not called until it is released.",
    }),
    move({ how: "release", summary: "Call a held visit after all.", told: "is to be called again." }),
    move({
      how: "withdraw",
      summary: "Never call; a call that was promised is withdrawn too.",
      told: "is withdrawn: it is never called.",
    }),
  ],
  examples: ["hearback visit hold E-20261120-0042", "hearback visit withdraw E-20261120-0042 --by m.ward"],
});
