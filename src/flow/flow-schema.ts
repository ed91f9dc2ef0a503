/**
 * The shape of a flow as JSON Schema, so that editors complete and check what telecoms staff write. Run by itself, it
 * writes dialplans/flows/flow.schema.json, to which the first line of each flow points.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { flowSchema } from "./definition.ts";

export const schemaFile = new URL("../../dialplans/flows/flow.schema.json", import.meta.url);

/** As the file must be. What goes beyond shape, such as an opt-out that opts out, only `hearback check` knows. */
export const schemaText = (): string =>
  `${JSON.stringify({ title: "A call flow of Hearback", ...z.toJSONSchema(flowSchema, { io: "input" }) }, null, 2)}\n`;

export const writtenSchema = (): string => readFileSync(schemaFile, "utf8");

if (import.meta.main) writeFileSync(schemaFile, schemaText());
