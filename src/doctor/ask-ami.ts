import { connect, isIP } from "node:net";
import { connect as connectByTls } from "node:tls";
import { oneLine } from "#asterisk/ami-monitor.ts";

export interface AmiLogin {
  host: string;
  port: number;
  tls: boolean;
  user: string;
  secret: string;
}

/** What became of logging in, and the actions that this user may take, as Asterisk itself lists them. */
export type AmiAnswer = { kind: "refused"; why: string } | { kind: "may"; actions: string[] };

/** Logs in, asks for the list, and leaves: nothing is tried that could be carried out. Rejects where AMI is away. */
export function askAmi(login: AmiLogin, signal: AbortSignal): Promise<AmiAnswer> {
  return new Promise((resolve, reject) => {
    const { host, port, tls } = login;
    const socket = tls
      ? connectByTls({ host, port, ...(isIP(host) ? {} : { servername: host }) })
      : connect({ host, port });
    signal.addEventListener("abort", () => socket.destroy(new Error("no answer in time")), { once: true });
    let text = "";
    const finish = (answer: AmiAnswer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding("utf8");
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("AMI closed the connection")));
    socket.once(tls ? "secureConnect" : "connect", () => {
      socket.write(actionOf({ Action: "Login", Username: login.user, Secret: login.secret, Events: "off" }));
    });
    socket.on("data", (piece: string) => {
      text += piece;
      const blocks = text.split("\r\n\r\n").slice(0, -1);
      const refused = blocks.find((block) => /^Response: Error/m.test(block));
      if (refused)
        return finish({ kind: "refused", why: /^Message: (.*)$/m.exec(refused)?.[1] ?? "refused" });
      if (blocks.length === 1 && !/^ActionID: list/m.test(text))
        socket.write(actionOf({ Action: "ListCommands", ActionID: "list" }));
      const list = blocks.find((block) => /^ActionID: list/m.test(block));
      if (list) finish({ kind: "may", actions: actionsIn(list) });
    });
  });
}

const actionOf = (fields: Record<string, string>): string =>
  `${Object.entries(fields)
    .map(([key, value]) => `${key}: ${oneLine(value)}`)
    .join("\r\n")}\r\n\r\n`;

const actionsIn = (block: string): string[] =>
  [...block.matchAll(/^(\w+): .*\(Priv: .*\)\s*$/gm)].map((match) => match[1]!);
