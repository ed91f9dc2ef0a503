import { defineCheck, fault, ok } from "#doctor/check.ts";
import { messageOf } from "#lib/errors.ts";
import { readFlows, readPrompts } from "#storage/flow-files.ts";

export const flows = defineCheck({
  name: "flows",
  needs: ["promptFolder", "flowFolder"],
  run: ({ promptFolder, flowFolder }) => {
    try {
      const names = [...readFlows(flowFolder, readPrompts(promptFolder, "en-GB")).keys()];
      return [ok(`${names.join(", ")}: every step, and every prompt they name, is there`)];
    } catch (thrown) {
      const [first = "", ...rest] = messageOf(thrown).split("\n");
      const faults = rest.length > 0 ? rest : [first];
      return faults.map((line) => fault(line.trim(), "mend the flow, or add the prompt"));
    }
  },
});
