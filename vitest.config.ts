import { defineConfig } from "vitest/config";

/** Two projects: what runs side by side, and then, one file at a time, what telephones. Both by `npm test`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "fast",
          globalSetup: ["test/support/global-setup.ts"],
          // Google's client would look for a cloud around it; tests speak with nobody but this machine.
          env: { METADATA_SERVER_DETECTION: "none" },
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // More than cores: the longest of them wait for telephones, not for the processor.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "e2e",
          globalSetup: ["test/support/global-setup.ts"],
          include: ["test/e2e/**/*.test.ts"],
          // Each of them has a telephone network to itself, and times what it hears.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
