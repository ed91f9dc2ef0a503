import { expect, it } from "vitest";
import { readFolders } from "#app-voices.ts";
import { checkBeside } from "#release/check-beside.ts";

const shipped = readFolders({ flowFolder: "dialplans/flows", promptFolder: "prompts" });

it("what is shipped is checked and tested beside the calls, not among them", async () => {
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 10);
  const { faults, tests } = await checkBeside(shipped);
  clearInterval(counting);
  expect(faults.filter(({ level }) => level === "fault")).toEqual([]);
  expect(tests).toMatchObject({ failed: [], uncovered: [] });
  expect(tests.passed).toBeGreaterThan(20);
  expect(turns, "the loop went on turning").toBeGreaterThan(5);
});

it("a flow without its tests tells every branch that nobody walks, and a broken one its fault", async () => {
  const files = new Map(shipped);
  files.delete("flows/fft.test.yaml");
  const text = new TextDecoder().decode(files.get("flows/ring-back.yaml"));
  files.set("flows/ring-back.yaml", new TextEncoder().encode(text.replace(/next: [a-z-]+/, "next: nowhere")));
  const { faults, tests } = await checkBeside(files);
  expect(tests.uncovered.filter((way) => way.startsWith("fft: ")).length).toBeGreaterThan(10);
  expect(faults).toContainEqual(
    expect.objectContaining({ file: "flows/ring-back.yaml", rule: "unknown-step" }),
  );
});

it("the same files are checked once, however often somebody asks", async () => {
  const [one, other] = [checkBeside(shipped), checkBeside(new Map(shipped))];
  expect(other).toBe(one);
  await one;
  const again = checkBeside(shipped);
  expect(again).not.toBe(one);
  await again;
});
