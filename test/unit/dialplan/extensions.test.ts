import { expect, test } from "vitest";
import { dialplanOf } from "#dialplan/conf/extensions.ts";
import { parseConf } from "#dialplan/conf/parse-conf.ts";

const read = (text: string) => dialplanOf(parseConf("extensions.conf", text));

test("a dialplan's lines, as pbx_config takes them", () => {
  const [context] = read(`[general]
[a]
exten => _[1,2]X./07700900123,1,Set(X=\${EXTEN:1},Y)
 same => n(here),Goto(b,\${EXTEN},1)
exten => s,10,Hangup
 same => n+2,NoOp()
exten => s,hint,PJSIP/x
include => b|09:00-17:00
switch => Realtime/x
what => ever`);
  const told = context!.extensions.map(({ name, callerId, priority, label, app, args }) =>
    [name, callerId, priority, label, app, args].join(" "),
  );
  expect(told).toEqual([
    `_[1,2]X. 07700900123 1  Set X=\${EXTEN:1},Y`,
    `_[1,2]X. 07700900123 2 here Goto b,\${EXTEN},1`,
    "s  10  Hangup ",
    "s  13  NoOp ",
    "s  hint  PJSIP/x ",
  ]);
  expect(context!.extensions[1]).toMatchObject({
    at: { line: 4, column: 2 },
    appAt: { line: 4, column: 18 },
  });
  expect(context!.includes).toMatchObject([{ name: "b", at: { line: 8 } }]);
  expect(context!.switches.map(({ value }) => value)).toEqual(["Realtime/x"]);
  expect(context!.ignored.map(({ key }) => key)).toEqual(["what"]);
});

test("sections of one name are one context", () => {
  expect(read("[a]\nexten => 1,1,NoOp()\n[b]\n[a]\nexten => 2,x,NoOp()")).toMatchObject([
    { name: "a", extensions: [{ name: "1" }, { name: "2", priority: { wrong: "x" } }] },
    { name: "b" },
  ]);
});
