import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, type ProgramResult, runProgram } from "#rehearsal/run-program.ts";
import type { LockedFile } from "./lock-file.ts";
import { SUITE } from "./wanted.ts";

/** Debian's keys, from the package debian-archive-keyring, which every Debian has. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * An apt of our own: own sources, own state, no package installed, so that it names the whole closure, libc
 * included. It needs no root, touches nothing of the machine's apt, and checks Debian's signature.
 */
export class PrivateApt {
  readonly #folder: string;
  readonly #mirror: string;

  constructor(folder: string, mirror: string) {
    this.#folder = folder;
    this.#mirror = mirror;
  }

  /** Writes its settings and fetches the suite's index (10 MB); throws where the signature does not hold. */
  async update(warn: (line: string) => void): Promise<void> {
    const at = (path: string) => join(this.#folder, path);
    for (const path of ["etc/conf.d", "etc/trusted.d", "state/lists/partial", "cache/archives/partial"]) {
      await mkdir(at(path), { recursive: true });
    }
    const source = `deb [signed-by=${KEYRING} arch=amd64] ${this.#mirror} ${SUITE} main\n`;
    await writeFile(at("etc/sources.list"), source);
    await writeFile(at("state/status"), "");
    await writeFile(at("apt.conf"), settings(this.#folder));
    const index = await this.#apt("update", "-o", "APT::Update::Error-Mode=any");
    if (index.status === 0) return;
    // A mirror that lags behind serves an index past its date: the signature still holds.
    if (!index.stderr.includes("is expired")) throw new Error(`apt-get update: ${index.stderr.trim()}`);
    warn(`warning: the mirror's index of ${SUITE} is out of date; its signature is good`);
    const again = await this.#apt(
      ...["update", "-o", "APT::Update::Error-Mode=any", "-o", "Acquire::Check-Valid-Until=false"],
    );
    if (again.status !== 0) throw new Error(`apt-get update: ${again.stderr.trim()}`);
  }

  /** Downloads just these packages, or with `closure` all that they depend on; returns the .debs' paths. */
  async download(names: readonly string[], closure: boolean): Promise<string[]> {
    const archives = join(this.#folder, "cache/archives");
    const result = closure
      ? await this.#apt("install", "-y", "--download-only", ...names)
      : await this.#apt("download", ...names);
    if (result.status !== 0) throw new Error(`apt-get: ${result.stderr.trim()}`);
    const debs = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
    return debs.map((name) => join(archives, name));
  }

  /** What the lock says of each package that `names` depend on, from the signed index, by package name. */
  async describe(names: readonly string[]): Promise<Map<string, LockedFile>> {
    // --print-uris has hash and size, but of the closure it would tell only what is not downloaded yet.
    const config = `APT_CONFIG=${join(this.#folder, "apt.conf")}`;
    const text = await mustRun(["env", config, "apt-cache", "show", "--no-all-versions", ...names]);
    const field = (stanza: string, name: string) =>
      new RegExp(`^${name}: (.*)$`, "m").exec(stanza)?.[1] ?? "";
    const stanzas = text.split("\n\n").filter((stanza) => stanza.includes("Package: "));
    return new Map(
      stanzas.map((stanza) => [
        field(stanza, "Package"),
        {
          sha256: field(stanza, "SHA256"),
          bytes: Number(field(stanza, "Size")),
          poolPath: field(stanza, "Filename"),
        },
      ]),
    );
  }

  #apt(...words: string[]): Promise<ProgramResult> {
    const config = `APT_CONFIG=${join(this.#folder, "apt.conf")}`;
    return runProgram(["env", config, "LC_ALL=C", "apt-get", "-q", ...words], {
      cwd: join(this.#folder, "cache/archives"),
    });
  }
}

function settings(folder: string): string {
  return `Dir::Etc "${folder}/etc";
Dir::Etc::sourcelist "${folder}/etc/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::parts "${folder}/etc/conf.d";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "${folder}/etc/trusted.d";
Dir::State "${folder}/state";
Dir::State::status "${folder}/state/status";
Dir::Cache "${folder}/cache";
Dir::Log "${folder}";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
DPkg::Post-Invoke { "true"; };
`;
}
