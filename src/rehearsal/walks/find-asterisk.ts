import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError, messageOf } from "#lib/errors.ts";
import { packagesFolder } from "../network.ts";
import { installedPackages, installPackages, type Packages, packagesIn } from "../packages/install.ts";
import { ASTERISK_MODULES } from "../packages/wanted.ts";

export interface AsteriskWanted {
  /** One that is laid out as our packages are, such as /opt/hearback-asterisk; null: the checkout's own. */
  folder: string | null;
  /** Where there is none, it is downloaded (41 MB, once). */
  mayDownload: boolean;
}

const remedy =
  "Set HEARBACK_REHEARSAL_ASTERISK to a folder that has one (docker/README.md), or run `hearback flow walk --draft` " +
  "in a checkout on a machine of x86-64 Linux that reaches a Debian mirror, with HEARBACK_DATABASE_URL set.";

/** @throws AppError no_rehearsal_asterisk: none can be had here, with the reason and what to do */
export async function findAsterisk(
  { folder, mayDownload }: AsteriskWanted,
  progress: (line: string) => void,
): Promise<Packages> {
  if (folder !== null) {
    const lacking = ["bin/asterisk", ASTERISK_MODULES].filter((path) => !existsSync(join(folder, path)));
    if (lacking.length > 0)
      throw none(`HEARBACK_REHEARSAL_ASTERISK is ${folder}, which has no ${lacking[0]}`);
    return packagesIn(folder);
  }
  const installed = await installedPackages(packagesFolder());
  if (installed) return installed;
  if (!mayDownload) throw none(`it is not installed in ${packagesFolder()}`);
  return installPackages({ into: packagesFolder(), progress }).catch((thrown) => {
    throw none(messageOf(thrown));
  });
}

const none = (because: string): AppError =>
  new AppError("no_rehearsal_asterisk", `There is no Asterisk for rehearsals here: ${because}. ${remedy}`);
