/** A mail server of the plainest kind (RFC 5321), which keeps what it is sent and can be told to refuse. */

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

export interface SmtpServer {
  port: number;
  /** Each as it came: the envelope, and the text with its header. */
  mails: { from: string; to: string[]; text: string }[];
  /** The commands of all sessions, in order. */
  commands: string[];
  close(): Promise<void>;
}

/** @param refuse how many times it answers 451 (try again later) to DATA before it takes a mail */
export async function startSmtpServer({ refuse = 0, host = "127.0.0.1" } = {}): Promise<SmtpServer> {
  const mails: SmtpServer["mails"] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let refusals = refuse;
  const server = createServer((socket) => {
    sockets.add(socket);
    const say = (line: string) => socket.write(`${line}\r\n`);
    let mail = { from: "", to: [] as string[], text: "" };
    let inData = false;
    let rest = "";
    const take = (line: string) => {
      if (inData) {
        if (line !== ".") mail.text += `${line.replace(/^\.\./, ".")}\n`;
        else {
          inData = false;
          mails.push(mail);
          mail = { from: "", to: [], text: "" };
          say("250 taken");
        }
        return;
      }
      commands.push(line);
      const word = line.slice(0, 4).toUpperCase();
      if (word === "STAR") say("502 no TLS here");
      else if (word === "EHLO") say("250 test");
      else if (word === "MAIL") {
        mail.from = /<(.*?)>/.exec(line)?.[1] ?? "";
        say("250 ok");
      } else if (word === "RCPT") {
        mail.to.push(/<(.*?)>/.exec(line)?.[1] ?? "");
        say("250 ok");
      } else if (word === "DATA" && refusals-- > 0) say("451 try again later");
      else if (word === "DATA") {
        inData = true;
        say("354 go on");
      } else if (word === "QUIT") {
        say("221 bye");
        socket.end();
      } else say("250 ok");
    };
    say("220 test ESMTP");
    socket.setEncoding("utf8").on("data", (piece: string) => {
      rest += piece;
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        take(rest.slice(0, end));
        rest = rest.slice(end + 2);
      }
    });
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    ...{ mails, commands, port: (server.address() as AddressInfo).port },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
