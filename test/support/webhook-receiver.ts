/** Somebody else's server that gets our alerts; it answers as it is told. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Receiver {
  url: string;
  received: { headers: Record<string, string | string[] | undefined>; body: string }[];
  close(): Promise<void>;
}

/** @param answers the status of the first, the second ... request; 204 from then on; null: never answers */
export async function startReceiver(
  answers: (number | null)[] = [],
  headers: Record<string, string> = {},
): Promise<Receiver> {
  const received: Receiver["received"] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece) => {
      body += piece;
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      const status = answers[received.length - 1];
      if (status !== null) response.writeHead(status ?? 204, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts?key=hush`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
