import { expect, it } from "vitest";
import { complaintsOf } from "#rehearsal/dialplan/complaints.ts";

const told = (line: string) =>
  complaintsOf(`[2026-11-22 09:00:00.000] ${line}\n`).map(
    ({ file, line: at, level }) => `${level} ${file}:${at}`,
  );

it.each([
  [
    "WARNING[1] pbx_config.c: No closing parenthesis found? 'NoOp(' at line 3 of /tmp/x/instance/etc/hooks.conf",
    ["fault asterisk/hooks.conf:3"],
  ],
  [
    "WARNING[1] config.c: No '=' (equal sign) in line 5 of /tmp/x/etc/hooks.conf",
    ["fault asterisk/hooks.conf:5"],
  ],
  ["WARNING[1] pbx.c: Context 'a' tries to include nonexistent context 'b'", ["fault asterisk:0"]],
  ["ERROR[1][C-00000001] loader.c: *** Failed to load module app_x.so", ["fault asterisk:0"]],
  [
    'WARNING[1] pjproject: sip_endpoint.c Warning: Module "PubSub Module" registered during operation',
    ["warning asterisk:0"],
  ],
  ["NOTICE[1] cdr.c: CDR simple logging enabled.", []],
])("%s", (line, faults) => {
  expect(told(line)).toEqual(faults);
});

it("keeps the folders of the rehearsal to itself", () => {
  const [fault] = complaintsOf(
    "[now] WARNING[1] config.c: No '=' in line 5 of /tmp/hearback-x/etc/hooks.conf\n",
  );
  expect(fault!.what).toContain("line 5 of hooks.conf");
});
