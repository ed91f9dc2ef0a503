import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { mustRun } from "#rehearsal/run-program.ts";

/** Nothing we run reads these; "documentation" of Asterisk is another folder, and must stay: it reads it. */
const LEFT_OUT = [
  ...["./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./usr/share/lintian", "./usr/share/bug"],
  ...["./etc", "./var", "./usr/lib/systemd", "*/gconv", "./usr/share/perl*", "./usr/share/gcc"],
  ...["./usr/share/gdb", "./usr/lib/x86_64-linux-gnu/perl*"],
].map((pattern) => `--exclude=${pattern}`);

/** Unpacks .debs over one another into a folder, as many at once as there are processors. No scripts are run. */
export async function unpackDebs(debs: readonly string[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const waiting = [...debs];
  const worker = async () => {
    for (let deb = waiting.pop(); deb !== undefined; deb = waiting.pop()) await unpackOne(deb, folder);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

async function unpackOne(deb: string, folder: string): Promise<void> {
  const script = 'set -o pipefail; deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar "$@"';
  const tar = ["-x", "-C", folder, "--no-same-owner", ...LEFT_OUT];
  await mustRun(["bash", "-c", script, "unpack", deb, ...tar]);
}
