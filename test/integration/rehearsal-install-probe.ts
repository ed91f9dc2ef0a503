// An installation in a process of its own, for tests that kill it: node rehearsal-install-probe.ts INTO
import { installPackages } from "#rehearsal/packages/install.ts";

const packages = await installPackages({ into: process.argv[2]!, progress: (line) => console.log(line) });
console.log(packages.asterisk);
