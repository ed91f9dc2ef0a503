/**
 * TLS for two clients that speak none: asterisk-manager opens plain sockets only, and ari-client goes where Asterisk's own
 * list of operations sends it, which says "http" even where it was read by https. Each is given a door on loopback, and
 * what goes through is carried to Asterisk by TLS. Certificates are checked, name and all, against the machine's
 * authorities and NODE_EXTRA_CA_CERTS. The door saves nobody the password.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, isIP } from "node:net";
import { connect } from "node:tls";

export interface TlsWay {
  /** On 127.0.0.1. */
  port: number;
  /** Ends its connections too; again is harmless. */
  close(): void;
}

/** A door to `host`:`port`; where TLS fails, what came through it is closed at once. Keeps no process alive. */
export async function openTlsWay(host: string, port: number): Promise<TlsWay> {
  const closing = new AbortController();
  const server = createServer((plain) => {
    // An address is no server name (RFC 6066); the certificate is compared with it all the same.
    const secure = connect({ host, port, ...(isIP(host) ? {} : { servername: host }) });
    const end = () => {
      plain.destroy();
      secure.destroy();
    };
    for (const socket of [plain, secure]) socket.setNoDelay(true).on("error", end).on("close", end);
    plain.pipe(secure).pipe(plain);
    closing.signal.addEventListener("abort", end, { once: true });
    plain.once("close", () => closing.signal.removeEventListener("abort", end));
  }).unref();
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      closing.abort();
      server.close();
    },
  };
}
