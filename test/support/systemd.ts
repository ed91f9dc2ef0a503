import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { repositoryFile } from "#rehearsal/repository.ts";

const ourselves = (what: string) => execFileSync("id", [what, "-n"], { encoding: "utf8" }).trim();

/** hearback@.service for this test's own folders below `folder` (`etc`, `opt`), and for a user that there is. */
export function unitBelow(
  folder: string,
  { user, group, more } = { user: ourselves("-u"), group: ourselves("-g"), more: ourselves("-g") },
): string {
  return readFileSync(repositoryFile("docker/systemd/hearback@.service"), "utf8")
    .replaceAll("/etc/hearback/", `${folder}/etc/`)
    .replaceAll("/opt/hearback/", `${folder}/opt/`)
    .replace("User=hearback\n", `User=${user}\n`)
    .replace("\nGroup=hearback\n", `\nGroup=${group}\n`)
    .replace("SupplementaryGroups=hearback-asterisk\n", `SupplementaryGroups=${more}\n`);
}

/** By docker/systemd/make-secrets.sh. @returns what an administrator of Postgres is to run, and what was told */
export function writeSecrets(
  folder: string,
  env: Record<string, string> = {},
): { sql: string; told: string } {
  const script = repositoryFile("docker/systemd/make-secrets.sh");
  const { stdout, stderr, status } = spawnSync(script, [folder], {
    env: { PATH: process.env.PATH, ...env },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`make-secrets.sh: ${stderr}`);
  return { sql: stdout, told: stderr };
}
