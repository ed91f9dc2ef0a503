import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readTrunks } from "#dialplan/trunks/read-trunks.ts";
import { emptyTrunkBook, type TrunkBook } from "#dialplan/trunks/trunk-book.ts";
import { AppError } from "#lib/errors.ts";
import { tellFault } from "#lib/fault.ts";

/**
 * asterisk/trunks.conf beside the folder of flows; where there is none, each node's own trunk stands.
 * @throws AppError `trunks_faulty`: each fault with its line
 */
export function readTrunkBook(flowFolder: string): TrunkBook {
  const path = join(dirname(flowFolder), "asterisk/trunks.conf");
  if (!existsSync(path)) return emptyTrunkBook;
  const { book, faults } = readTrunks(path, readFileSync(path, "utf8"));
  if (faults.length > 0)
    throw new AppError("trunks_faulty", ["The trunks cannot be used:", ...faults.map(tellFault)].join("\n"));
  return book;
}
