/** Run with a limit on the size of files: appends until the disk is "full", says how far it came, and tries once more. */
import { LineFile } from "#storage/line-file.ts";

const [path = ""] = process.argv.slice(2);
const file = new LineFile(path);
const line = "x".repeat(900);
const acknowledged: string[] = [];
let failed = 0;
for (let n = 0; n < 20; n += 1) {
  await file.append(`${n} ${line}`).then(
    () => acknowledged.push(String(n)),
    () => {
      failed += 1;
    },
  );
}
await file.append("a short one").then(
  () => acknowledged.push("short"),
  () => {},
);
await file.close();
console.log(JSON.stringify({ acknowledged, failed }));
