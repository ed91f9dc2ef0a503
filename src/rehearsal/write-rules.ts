/** node src/rehearsal/write-rules.ts: dialplans/asterisk/RULES.md anew, from the linter's rules. */
import { writeFileSync } from "node:fs";
import { rulesTable } from "#dialplan/lint/rules-table.ts";
import { repositoryFile } from "./repository.ts";

writeFileSync(repositoryFile("dialplans/asterisk/RULES.md"), rulesTable());
