import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";

let server: Server;
let proxy: TcpProxy;
let heard: string;
const clients: Socket[] = [];

beforeEach(async () => {
  heard = "";
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard += bytes;
      socket.write(`<${bytes}>`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await startTcpProxy({ port: (server.address() as { port: number }).port });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  server.close();
});

async function call(): Promise<Socket> {
  const socket = connect(proxy.port, "127.0.0.1");
  clients.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}
const said = async (socket: Socket) => String((await once(socket, "data"))[0]);
/** Not `once`, which rejects on the reset before it. */
const closing = (socket: Socket) => new Promise<void>((resolve) => socket.on("close", () => resolve()));
/** Long enough for loopback to have carried whatever it was going to. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 50));

test("passes on both ways", async () => {
  const client = await call();
  client.write("one");
  expect(await said(client)).toBe("<one>");
  expect([proxy.open(), proxy.passed("to-server"), proxy.passed("to-client")]).toEqual([1, 3, 5]);
});

test("frozen towards the server, nothing arrives; thawed, all does", async () => {
  const client = await call();
  client.write("one");
  await said(client);
  proxy.freeze(["to-server"]);
  client.write("two");
  await turn();
  expect(heard).toBe("one");
  proxy.thaw();
  expect(await said(client)).toBe("<two>");
});

test("cut while frozen, what waited is lost and both ends are told", async () => {
  const client = await call();
  client.write("one");
  await said(client);
  proxy.freeze(["to-server"]);
  client.write("two");
  await turn();
  const closed = closing(client);
  proxy.cut();
  proxy.thaw();
  await closed;
  await turn();
  expect(heard).toBe("one");
});

test("frozen towards the client, the server acts and nobody hears of it", async () => {
  const client = await call();
  proxy.freeze(["to-client"]);
  let answered = false;
  client.on("data", () => {
    answered = true;
  });
  client.write("one");
  while (heard !== "one") await turn();
  await turn();
  expect(answered).toBe(false);
  const closed = closing(client);
  proxy.cut();
  await closed;
  expect(answered).toBe(false);
});

test("half-open, the client believes in a connection that nobody answers", async () => {
  const client = await call();
  client.write("one");
  await said(client);
  proxy.halfOpen();
  client.write("two");
  await turn();
  expect([client.destroyed, heard]).toEqual([false, "one"]);
});

test("later, in order; and refused, until it accepts again", async () => {
  const client = await call();
  proxy.delay(30);
  const startedAt = performance.now();
  client.write("one");
  expect(await said(client)).toBe("<one>");
  expect(performance.now() - startedAt).toBeGreaterThan(55);
  proxy.delay(0);
  proxy.refuse();
  const refused = connect(proxy.port, "127.0.0.1");
  clients.push(refused);
  await once(refused, "error");
  proxy.accept();
  const accepted = await call();
  accepted.write("two");
  expect(await said(accepted)).toBe("<two>");
});
