import { expect, test } from "vitest";
import { defineCheck, fault, NotChecked, ok, warning } from "#doctor/check.ts";
import { runChecks } from "#doctor/run-checks.ts";
import { asJson, asLines } from "#doctor/tell.ts";
import { systemClock } from "#lib/clock.ts";
import { hearback } from "../cli/run-command.ts";

const doctor = { env: {}, clock: systemClock, signal: new AbortController().signal };
const check = (
  name: string,
  run: (signal: AbortSignal) => Promise<ReturnType<typeof ok>[]>,
  withinMs = 200,
) => defineCheck({ name, withinMs, needs: [], run: (_settings, signal) => run(signal) });

test("checks run side by side, and one that hangs for ever holds up nobody", async () => {
  const order: string[] = [];
  const hung = (signal: AbortSignal) => {
    order.push("begun");
    return new Promise<never>(() => signal.addEventListener("abort", () => order.push("aborted")));
  };
  const checked = await runChecks(
    [check("one", hung), check("two", hung), check("three", async () => [ok("well")])],
    doctor,
  );
  expect(checked.map(({ findings }) => findings[0]?.what)).toEqual([
    "no answer within 0.2 s",
    "no answer within 0.2 s",
    "well",
  ]);
  expect(order).toEqual(["begun", "begun", "aborted", "aborted"]);
});

test("what a check throws is its fault; what another one tells is a warning", async () => {
  const checked = await runChecks(
    [
      check("one", () => Promise.reject(new TypeError("x is not a function"))),
      check("two", () => Promise.reject(new NotChecked("Asterisk does not answer"))),
    ],
    doctor,
  );
  expect(checked.map(({ findings }) => findings[0]?.level)).toEqual(["fault", "warning"]);
  expect(checked[1]?.findings[0]?.what).toBe("not checked: Asterisk does not answer");
});

test("Ctrl-C ends it", async () => {
  const signal = AbortSignal.abort(new Error("stopped by SIGINT"));
  const waiting = check("one", (ended) => new Promise((_, reject) => ended.throwIfAborted() ?? reject()));
  await expect(runChecks([waiting], { ...doctor, signal })).rejects.toThrow("stopped by SIGINT");
});

test("is told in lines for a person and as an object for a program", () => {
  const findings = [ok("well"), warning("so so", "look at it"), fault("broken", "mend it")];
  const checked = [{ check: "trunk", ms: 3, findings }];
  expect(asLines(checked)).toEqual([
    "ok       trunk  well",
    "warning  trunk  so so",
    "                -> look at it",
    "fault    trunk  broken",
    "                -> mend it",
    "",
    "1 fault, 1 warning, 1 ok.",
  ]);
  expect(JSON.parse(asJson(checked))).toEqual({
    ok: false,
    findings: findings.map((finding) => ({ check: "trunk", ...finding, ms: 3 })),
  });
});

test("with no settings at all it still says what can be said, with status 1", async () => {
  const { status, stdout } = await hearback(["doctor"]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^fault {4}settings +HEARBACK_DATABASE_URL is missing/m);
  expect(stdout).toMatch(/^ok {7}node +Node 24/m);
  expect(stdout).toMatch(/^warning {2}postgres +not checked: its settings are wrong/m);
});
