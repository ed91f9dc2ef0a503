/** What ari-client 2.2.0 has and @types/ari-client does not say. */
import "ari-client";

declare module "ari-client" {
  interface Client {
    /** The websocket (ws 6), there as soon as start() has been called. Private to ari-client, and used knowingly. */
    _ws: AriWebSocket;
  }

  interface AriWebSocket {
    /** 1 is open. */
    readyState: number;
    /** The connection under it, while there is one. Private to ws. */
    _socket?: unknown;
    on(event: "message", listener: (text: string | Buffer) => void): this;
    on(event: "close", listener: (code: number, reason: string) => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    on(event: "open" | "pong", listener: () => void): this;
    removeAllListeners(event: "message" | "close" | "error"): this;
    send(text: string, sent: (error?: Error) => void): void;
    ping(): void;
    /** Cuts the connection without a closing handshake. */
    terminate(): void;
  }
}
