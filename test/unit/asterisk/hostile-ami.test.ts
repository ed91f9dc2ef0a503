/** What a manager interface sends, spoilt: over a real socket on loopback, through asterisk-manager and the monitor. */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { AmiMonitor } from "#asterisk/ami-monitor.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { type Chance, createChance } from "#rehearsal/simulation/chance.ts";

let server: Server;
let monitor: AmiMonitor;
let sockets: Socket[];
let asked: string[];
/** What is said in front of every answer. */
let before: () => string;

const status = "CoreStartupDate: 2026-11-23\r\nCoreStartupTime: 09:00:00\r\nCoreCurrentCalls: 3\r\n";

function answer(socket: Socket, block: string): void {
  const action = /^Action: (\w+)/im.exec(block)?.[1]?.toLowerCase() ?? "";
  const actionId = /^ActionID: (\S+)/im.exec(block)?.[1] ?? "";
  asked.push(action);
  const more = action === "corestatus" ? status : "Message: fine\r\n";
  socket.write(`${before()}Response: Success\r\nActionID: ${actionId}\r\n${more}\r\n`);
}

beforeEach(async () => {
  sockets = [];
  asked = [];
  before = () => "";
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.setEncoding("utf8");
    socket.write("Asterisk Call Manager/11.0.0\r\n");
    let rest = "";
    socket.on("data", (text) => {
      const blocks = (rest + text).split("\r\n\r\n");
      rest = blocks.pop()!;
      for (const block of blocks) answer(socket, block);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const user = { user: "health", secret: "secret" };
  monitor = new AmiMonitor({
    ...{ host: "127.0.0.1", port: (server.address() as AddressInfo).port, health: user, release: user },
    ...{ clock: systemClock, logger: silentLogger },
  });
});
afterEach(async () => {
  await monitor.stop();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const healthy = async () => {
  for (const end = Date.now() + 10_000; monitor.health().calls !== 3; await wait(5))
    if (Date.now() > end) throw new Error("health never came");
};

/** Each of these once brought asterisk-manager 0.2.0 down, or made it spin. */
const poison = [
  "Event: UserEvent\r\nUserEvent: a\r\nUserEvent: b\r\n\r\n",
  "Event: rawevent\r\n\r\n",
  "Response: Success\r\nActionID: rawevent\r\n\r\n",
  "Response: Error\r\nActionID: error\r\n\r\n",
  "Event: error\r\n\r\n",
  "Event: close\r\n\r\n",
  "Event: newListener\r\n\r\n",
  "toString: x\r\n__proto__: y\r\nconstructor: z\r\n\r\n",
  "Variable: __proto__=1\r\nChanVariable: toString=2\r\n\r\n",
  "Response: Follows\r\nPrivilege: Command\r\nx\r\n--END COMMAND--\r\n\r\n",
  "\r\n\r\n\r\n",
  ": \r\n: : :\r\n\r\n",
];

it.each(poison)("%j harms nobody", async (text) => {
  before = () => text;
  monitor.start();
  await healthy();
  await monitor.reload("pbx_config.so");
  expect(monitor.health()).toMatchObject({ connected: true, calls: 3 });
  expect(asked).toEqual(expect.arrayContaining(["corestatus", "reload"]));
});

it("of 20,000 spoilt blocks in front of its answers none breaks it, however they are cut", async () => {
  const chance = createChance(5);
  monitor.start();
  await healthy();
  for (let round = 0; round < 40; round += 1) {
    before = () => Array.from({ length: 250 }, () => spoilt(chance)).join("");
    await monitor.reload("pbx_config.so").catch((error) => expect(error.code).toMatch(/^ami_/));
    before = () => "";
    for (let block = 0; block < 250; block += 1) sockets[0]!.write(spoilt(chance));
  }
  await healthy();
}, 60_000);

/** Whole blocks, so that the answer behind is one of its own. */
function spoilt(chance: Chance): string {
  const keys = [
    "Event",
    "Response",
    "ActionID",
    "UserEvent",
    "Variable",
    "Message",
    "__proto__",
    "a b",
    "",
    "toString",
  ];
  const values = [
    "Success",
    "Error",
    "Goodbye",
    "UserEvent",
    "rawevent",
    "error",
    "close",
    "connect",
    "1",
    "",
    "ü\u0000",
    ": :",
  ];
  const lines = Array.from({ length: 1 + chance.below(6) }, () =>
    chance.pick([
      `${chance.pick(keys)}: ${chance.pick(values)}`,
      chance.pick(values),
      "x".repeat(chance.below(3_000)),
    ]),
  );
  return `${lines.join(chance.pick(["\r\n", "\n"]))}\r\n\r\n`;
}
