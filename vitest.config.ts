import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// What src/cli/hearback says of it: here, too, threads that strip types came and went by the hundred, and V8 crashed.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL(".hearback/node-cache", import.meta.url));

/** Instead of 1 s: a machine that stands still for some seconds has done nothing wrong. */
const patient = { poll: { timeout: 20_000 } };

/** Each file has a telephone network to itself, and times what it hears. */
const telephoning = (name: string, include: string) => ({
  test: {
    name,
    globalSetup: ["test/support/global-setup.ts"],
    include: [include],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: patient,
    sequence: { groupOrder: 2 },
  },
});

/**
 * Four projects: what runs side by side, then, one file at a time, what telephones, both by `npm test`; what telephones
 * for long, by `npm run test:long`; and the telecoms staff's desk in a browser beside live calls, by `npm run test:desk`.
 */
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
          exclude: ["test/e2e/**", "test/long/**", "test/desk/**"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          expect: patient,
          // More than cores: the longest of them wait for telephones, not for the processor.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      telephoning("e2e", "test/e2e/**/*.test.ts"),
      telephoning("long", "test/long/**/*.test.ts"),
      telephoning("desk", "test/desk/**/*.test.ts"),
    ],
  },
});
