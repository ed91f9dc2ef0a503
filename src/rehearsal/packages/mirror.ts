import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, runProgram } from "#rehearsal/run-program.ts";
import { SUITE } from "./wanted.ts";

/** apt's own downloader: it brings the machine's proxies, credentials and retries with it. */
export const APT_HELPER = [
  "/usr/lib/apt/apt-helper",
  "-o",
  "APT::Sandbox::User=",
  "-o",
  "Acquire::Retries=2",
];

/** The mirror named by the caller, else the Debian mirror that the machine's own apt settings name. */
export async function findMirror(named: string | undefined): Promise<string> {
  if (named) return named.replace(/\/+$/, "");
  const candidates = await mirrorsInAptSettings();
  if (candidates.length === 0) {
    throw new Error("apt's settings name no Debian mirror; name one, e.g. DEBIAN_MIRROR=http://HOST/debian");
  }
  // Other publishers call a part of theirs "main" too: the one that has our suite is Debian's.
  if (candidates.length > 1) {
    for (const mirror of candidates) if (await hasSuite(mirror)) return mirror;
  }
  return candidates[0]!;
}

async function mirrorsInAptSettings(): Promise<string[]> {
  const sites = await mustRun(["apt-get", "indextargets", "--format", "$(SITE)", "Component: main"]);
  const mirrors = sites.split("\n").filter((site) => site !== "" && !site.includes("-security"));
  return [...new Set(mirrors.map(withoutMirrorList))].map((site) => site.replace(/\/+$/, ""));
}

/** Debian's cloud images name a file that lists mirrors; the first of them will do. */
function withoutMirrorList(site: string): string {
  if (!site.startsWith("mirror+file:")) return site;
  const list = readFileSync(site.replace(/^mirror\+file:\/*/, "/"), "utf8");
  return /^\s*([a-z]+:[^\s#]+)/m.exec(list)?.[1] ?? site;
}

async function hasSuite(mirror: string): Promise<boolean> {
  const target = join(tmpdir(), `hearback-release-${process.pid}`);
  const url = `${mirror}/dists/${SUITE}/Release`;
  const result = await runProgram([...APT_HELPER, "download-file", url, target], { timeoutMs: 30_000 });
  await runProgram(["rm", "-f", target]);
  return result.status === 0;
}
