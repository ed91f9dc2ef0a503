import { checkFlows } from "#flow/check/check-flows.ts";
import { type Fault, tellFault } from "#lib/fault.ts";
import { testFlows } from "#walk/test-flows.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { checkNamed, readSource, sourceNotes, sourceOptions } from "./release-source.ts";
import { linesOfTests } from "./tell-flow-tests.ts";

export const flowTest = defineCommand({
  name: "flow test",
  summary: "Run the calls of dialplans/flows/*.test.yaml, and tell each branch that none of them takes.",
  operands: ["[FLOW...]"],
  options: {
    ...sourceOptions,
    verbose: { help: "name the calls that passed as well" },
    json: { help: "for a program: one object with every result" },
  },
  notes: [
    sourceNotes,
    "Every call runs through the real flow and the real conversation, on a pretend clock: seconds in all, no telephone.",
    "Status 0: every call came as written, and every branch is covered. Status 1: not so.",
  ].join("\n"),
  examples: ["hearback flow test", "hearback flow test fft --verbose"],
  run: async (named, given, io) => {
    const { files, fileBehind } = await readSource(given, io);
    const all = await testFlows(files);
    checkNamed(
      named,
      all.map(({ flow }) => flow),
    );
    const results = all.filter(({ flow }) => named.length === 0 || named.includes(flow));
    const behind = (fault: Fault): Fault => ({ ...fault, file: fileBehind(fault.file) });
    const told = results.map((result) => ({
      ...{ ...result, file: fileBehind(result.file), faults: result.faults.map(behind) },
    }));
    // A flow that cannot be read has no result; its faults are why.
    const tested = new Set(all.map(({ flow }) => `flows/${flow}.yaml`));
    const unread = checkFlows(files).filter(
      ({ file, level }) => level === "fault" && file.startsWith("flows/") && !tested.has(file),
    );
    const passed = results.every((result) => result.passed) && (named.length > 0 || unread.length === 0);
    if (given.json)
      say(io.stdout, JSON.stringify({ passed, flows: told, unread: unread.map(behind) }, null, 2));
    else {
      for (const line of linesOfTests(told, { colours: io.stdout.isTTY === true, verbose: given.verbose }))
        say(io.stdout, line);
      if (named.length === 0) for (const fault of unread) say(io.stdout, tellFault(behind(fault)));
    }
    return passed ? 0 : 1;
  },
});
