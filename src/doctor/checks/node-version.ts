import { defineCheck, fault, ok } from "#doctor/check.ts";

/** The first that runs TypeScript as it is, with the language that ours is written in. */
const oldest = 24;

export const nodeVersion = (version: string = process.versions.node) =>
  defineCheck({
    name: "node",
    needs: [],
    run: () => {
      if (Number.parseInt(version, 10) >= oldest) return [ok(`Node ${version}`)];
      return [
        fault(`Node ${version}: ${oldest} or newer is needed`, "run: npm ci (it brings the right one)"),
      ];
    },
  });
