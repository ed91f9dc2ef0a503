import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { faultsOfPrefix } from "#rehearsal/packages/check-prefix.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { packageName, readLock, writeLock } from "#rehearsal/packages/lock-file.ts";
import { ASTERISK_MODULES, LIBRARIES, ROOT_PACKAGES, TELEPHONY } from "#rehearsal/packages/wanted.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

const shared = repositoryFile(".hearback/packages");
let dir: string;

beforeEach(() => {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  dir = mkdtempSync(repositoryFile(".hearback/test/packages-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }));

/** What lies in a folder of packages, but for the lock that installations wait at. */
function installed(into: string): string[] {
  return readdirSync(into).filter((name) => name !== ".lock" && name !== "downloads");
}

describe("the packages", () => {
  test("run from their private folder, with their own libraries", async () => {
    const packages = await installPackages({ into: shared });
    expect(execFileSync(packages.asterisk, ["-V"], { encoding: "utf8" })).toMatch(/^Asterisk 22\./);
    const silence = join(dir, "silence.raw");
    writeFileSync(silence, Buffer.alloc(32_000));
    const { hmm, lm, dict } = packages.pocketsphinxModel;
    const words = ["-hmm", hmm, "-lm", lm, "-dict", dict, "single", silence];
    const said = execFileSync(packages.pocketsphinx, words, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(JSON.parse(said)).toHaveProperty("w");
  });

  test("are there at once the second time", async () => {
    const { prefix } = await installPackages({ into: shared });
    const before = statSync(prefix, { bigint: true });
    const began = performance.now();
    // From a mirror that is not there: whoever fetches anything fails.
    await installPackages({ into: shared, mirror: "http://127.0.0.1:1" });
    console.log(`there already: ${Math.round(performance.now() - began)} ms`);
    const { ino, ctimeNs } = statSync(prefix, { bigint: true });
    expect([ino, ctimeNs]).toEqual([before.ino, before.ctimeNs]);
  });

  test("are all locked", () => {
    const names = readLock(TELEPHONY.lockPath).files.map((file) => packageName(file.poolPath));
    expect(names).toEqual(expect.arrayContaining([...ROOT_PACKAGES, "libc6", "asterisk-modules"]));
  });
});

describe("installing", () => {
  test("after a kill -9 starts afresh, and twice at once ends well for both", async () => {
    const into = join(dir, "packages");
    const probe = repositoryFile("test/integration/rehearsal-install-probe.ts");
    const killed = spawn(process.execPath, [probe, into], { stdio: ["ignore", "pipe", "inherit"] });
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(installed(into).filter((name) => !name.startsWith(".installing-"))).toEqual([]);

    const both = await Promise.all([installPackages({ into }), installPackages({ into })]);
    expect(both[0]).toEqual(both[1]);
    expect(installed(into)).toEqual([readLock(TELEPHONY.lockPath).key]);
    expect(existsSync(both[0].asterisk)).toBe(true);
  });

  test("of locked files only is refused where a file has another hash", async () => {
    const [file] = readLock(TELEPHONY.lockPath).files.filter(
      ({ poolPath }) => packageName(poolPath) === "libuuid1",
    );
    const lockPath = join(dir, "wrong.lock");
    writeFileSync(lockPath, writeLock([{ ...file!, sha256: "0".repeat(64) }], ["a wrong hash"]));
    const into = join(dir, "packages");
    const refused = installPackages({ into, lockPath, lockedOnly: true });
    await expect(refused).rejects.toThrow(/1 locked file\(s\) cannot be had, e\.g\. pool\/.*libuuid1_/);
    expect(installed(into)).toEqual([]);
  });

  test("a lock file that is not one is refused with its line", () => {
    const path = join(dir, "bad.lock");
    writeFileSync(path, "# a comment\nnot a line of a lock\n");
    expect(() => readLock(path)).toThrow(`${path}:2: not "sha256 bytes pool/path.deb"`);
    copyFileSync(TELEPHONY.lockPath, path);
    expect(readLock(path)).toEqual(readLock(TELEPHONY.lockPath));
  });

  test("tells which module misses which library", async () => {
    const { prefix } = await installPackages({ into: shared });
    const copy = join(dir, "prefix");
    execFileSync("cp", ["-al", prefix, copy]);
    rmSync(join(copy, LIBRARIES, "libsrtp2.so.1"));
    const faults = await faultsOfPrefix(copy, [
      `${ASTERISK_MODULES}/res_srtp.so`,
      `${ASTERISK_MODULES}/res_ari.so`,
    ]);
    expect(faults).toEqual([expect.stringMatching(/^\S*res_srtp\.so: .*libsrtp2\.so\.1/)]);
  });
});
