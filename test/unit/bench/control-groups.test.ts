import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  chooseController,
  findControllers,
  openGroup,
  readPeriods,
  removeAbandoned,
  thisMachinesController,
} from "../../bench/scale/control-groups.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hearback-groups-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const versionOne = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset`;
const versionTwo = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";

test("of version 1 it is the hierarchy of cpu, and no other that begins so", () => {
  const own = "4:cpuset:/\n3:cpu,cpuacct:/user.slice\n1:name=systemd:/user.slice/session-1.scope";
  expect(findControllers(versionOne, own)).toEqual([
    { version: 1, folder: "/sys/fs/cgroup/cpu,cpuacct/user.slice" },
    { version: 1, folder: "/sys/fs/cgroup/cpu,cpuacct" },
  ]);
});

test("of version 2 it is our own group and those above, up to where it is mounted", () => {
  expect(findControllers(versionTwo, "0::/user.slice/session-1.scope\n")).toEqual(
    ["/user.slice/session-1.scope", "/user.slice", ""].map((path) => ({
      ...{ version: 2, folder: `/sys/fs/cgroup${path}` },
    })),
  );
});

test("a container's mount begins within the hierarchy, may lie elsewhere, and may show a group outside of it", () => {
  const mounted = "30 23 0:26 /docker/abc /my\\040groups rw - cgroup2 cgroup2 rw";
  expect(findControllers(mounted, "0::/docker/abc/inner")).toEqual([
    { version: 2, folder: "/my groups/inner" },
    { version: 2, folder: "/my groups" },
  ]);
  expect(findControllers(versionTwo, "0::/../other")).toEqual([{ version: 2, folder: "/sys/fs/cgroup" }]);
  expect(findControllers("36 35 98:0 / /mnt rw - ext3 /dev/root rw", "0::/")).toEqual([]);
});

test("where no group can be made it says why, and what would help", () => {
  expect(chooseController([])).toEqual({
    because: expect.stringMatching(/no control groups for CPU are mounted.*run it as root/),
  });
  const nowhere = { version: 1 as const, folder: join(dir, "missing") };
  expect(chooseController([nowhere])).toEqual({ because: expect.stringContaining("missing") });
});

test("a share of a core is written as each version wants it", () => {
  const written = (version: 1 | 2, file: string) => {
    openGroup({ version, folder: dir }, `v${version}`, 0.2);
    return readFileSync(join(dir, `hearback-bench-${process.pid}-v${version}`, file), "utf8");
  };
  expect(written(2, "cpu.max")).toBe("20000 100000");
  expect(readFileSync(join(dir, "cgroup.subtree_control"), "utf8")).toBe("+cpu");
  expect(written(1, "cpu.cfs_quota_us")).toBe("20000");
});

test("how often a group was held back is read from either version's cpu.stat", () => {
  expect(readPeriods("usage_usec 9\nnr_periods 303\nnr_throttled 301\nthrottled_usec 7\n")).toEqual({
    ...{ all: 303, heldBack: 301 },
  });
});

test("groups of a run that was killed are taken away, those of a living one are not", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  const [dead, living] = [child.pid, process.pid].map((pid) => join(dir, `hearback-bench-${pid}-app-1`));
  for (const folder of [dead!, living!, join(dir, "somebody-elses")]) mkdirSync(folder);
  removeAbandoned({ version: 1, folder: dir });
  expect([dead!, living!, join(dir, "somebody-elses")].map(existsSync)).toEqual([false, true, true]);
});

const controller = thisMachinesController();
test.skipIf("because" in controller)("a process in a group is held back, and the group goes", async () => {
  if ("because" in controller) return;
  const group = openGroup(controller, "unit-test", 0.1);
  const child = spawn(process.execPath, ["-e", "for (;;);"]);
  try {
    group.add(child.pid!);
    await expect.poll(() => group.periods().heldBack, { timeout: 20_000 }).toBeGreaterThan(5);
  } finally {
    child.kill("SIGKILL");
    await group.remove();
  }
  expect(existsSync(join(controller.folder, `hearback-bench-${process.pid}-unit-test`))).toBe(false);
});
