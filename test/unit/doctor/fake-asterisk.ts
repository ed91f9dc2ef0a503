/** An ARI and an AMI that answer as told, on ports of their own: for faults that a real Asterisk is hard put to show. */
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";

type Answer = { status?: number; body?: unknown; date?: string };

const port = (server: Server) => (server.address() as AddressInfo).port;
const listening = (server: Server) =>
  new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));

/** Keys are "GET asterisk/info" and the like; what is not there is a 404. */
export async function fakeAri(answers: Record<string, Answer>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = `${request.method} ${request.url?.replace("/ari/", "")}`;
    asked.push(name);
    const {
      status = 200,
      body = {},
      date,
    } = answers[name] ?? { status: 404, body: { message: "not found" } };
    if (date) response.setHeader("date", date);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await listening(server);
  return {
    asked,
    env: {
      HEARBACK_ARI_URL: `http://127.0.0.1:${port(server)}`,
      HEARBACK_ARI_USER: "hearback",
      HEARBACK_ARI_PASSWORD: "secret",
    },
    close: () => server.close(),
  };
}

/** Lists these actions to any user whose secret is "secret"; in pieces, as a network delivers. */
export async function fakeAmi(actions: readonly string[]) {
  const seen: string[] = [];
  const server = createTcpServer((socket) => {
    socket.write("Asterisk Call Manager/11.0.0\r\n");
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      const text = String(bytes);
      seen.push(...[...text.matchAll(/^Action: (\w+)/gm)].map((match) => match[1]!));
      if (text.includes("Action: Login")) {
        const known = text.includes("Secret: secret\r\n");
        const told = known ? ["Success", "Authentication accepted"] : ["Error", "Authentication failed"];
        socket.write(`Response: ${told[0]}\r\nMessage: ${told[1]}\r\n\r\n`);
      }
      if (text.includes("Action: ListCommands")) {
        const lines = actions.map((action) => `${action}: Does it.  (Priv: system,all)\r\n`);
        const answer = `Response: Success\r\nActionID: list\r\n${lines.join("")}\r\n`;
        socket.write(answer.slice(0, 40));
        setTimeout(() => socket.write(answer.slice(40)), 20);
      }
    });
  });
  await listening(server);
  const user = (name: string, secret = "secret") => ({
    [`HEARBACK_AMI_${name}_USER`]: name.toLowerCase(),
    [`HEARBACK_AMI_${name}_PASSWORD`]: secret,
  });
  return {
    seen,
    env: {
      ...{ HEARBACK_AMI_HOST: "127.0.0.1", HEARBACK_AMI_PORT: String(port(server)) },
      ...user("HEALTH"),
      ...user("RELEASE"),
    },
    close: () => server.close(),
  };
}
