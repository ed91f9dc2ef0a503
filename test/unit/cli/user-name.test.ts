import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { expect, test } from "vitest";
import { userName } from "#cli/user-name.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

test("is the operating system's name of who types", () => {
  expect(userName()).toBe(userInfo().username);
});

// The image runs as 10001, whom no /etc/passwd knows. Only root can become somebody else to try it.
test.skipIf(process.getuid?.() !== 0)("is a number where the machine knows no name, and no fault", () => {
  const commands = ["by-command", "user-account"].map((name) => repositoryFile(`src/cli/${name}.ts`));
  const said = execFileSync(
    process.execPath,
    [
      ...["--disable-warning=ExperimentalWarning", "--input-type=module", "-e"],
      `const [{ byCommand }, { commandUser }] = await Promise.all(${JSON.stringify(commands)}.map((file) => import(file)));
      process.setgroups([]);
      process.setgid(10001);
      process.setuid(10001);
      console.log(JSON.stringify([byCommand().id, commandUser().id]));
      process.exit();`,
    ],
    { encoding: "utf8" },
  );
  expect(JSON.parse(said)).toEqual(["uid-10001", "uid-10001"]);
});
