import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { schemaText, writtenSchema } from "#flow/flow-schema.ts";

it("the flows' JSON Schema is what the definition says: else run node src/flow/flow-schema.ts", () => {
  expect(writtenSchema()).toBe(schemaText());
});

it("explains every field of every kind of step", () => {
  const schema = JSON.parse(schemaText());
  const kinds = schema.properties.steps.additionalProperties.oneOf as {
    description?: string;
    properties: Record<string, { description?: string; const?: unknown }>;
  }[];
  const unexplained = kinds.flatMap(({ description, properties }) => {
    const kind = String(properties.kind?.const);
    const fields = Object.entries(properties).filter(
      ([name, field]) => name !== "kind" && !field.description,
    );
    return [...(description ? [] : [kind]), ...fields.map(([name]) => `${kind}.${name}`)];
  });
  expect(unexplained).toEqual([]);
  expect(kinds.length).toBeGreaterThanOrEqual(16);
});

it("is named by every flow, so that editors find it", () => {
  const flows = readdirSync("dialplans/flows").filter((name) => /(?<!\.test)\.yaml$/.test(name));
  for (const name of flows)
    expect(readFileSync(`dialplans/flows/${name}`, "utf8").split("\n")[0], name).toBe(
      "# yaml-language-server: $schema=flow.schema.json",
    );
});
