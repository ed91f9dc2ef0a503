/** The dialplan of a running Asterisk: read anew and looked at by AMI, tried by ARI with a call of nobody. */
import type { LiveDialplan } from "#dialplan/apply/ports.ts";
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import type { Logger } from "#lib/logger.ts";
import { AmiMonitor } from "./ami-monitor.ts";
import { AriConnection } from "./ari-connection.ts";
import type { NodeAccess } from "./node.ts";

export type LiveAccess = Pick<
  NodeAccess,
  | "ariUrl"
  | "ariUser"
  | "ariPassword"
  | "amiHost"
  | "amiPort"
  | "amiTls"
  | "amiHealthUser"
  | "amiHealthPassword"
  | "amiReleaseUser"
  | "amiReleasePassword"
>;

/** Where calls from the trunk arrive, and how a call of nobody comes there. */
const way = "Local/s@from-trunk";
const throughWithinMs = 10_000;

/** Null where its AMI is not among the settings: then it cannot be told to read its files anew. */
export function liveDialplan(access: LiveAccess, clock: Clock, logger: Logger): LiveDialplan | null {
  const { amiHost: host, amiPort: port, amiTls: tls, amiHealthUser, amiReleaseUser } = access;
  if (host === null || amiHealthUser === null || amiReleaseUser === null) return null;
  const ami = new AmiMonitor({
    ...{ host, port, tls, clock, logger },
    health: { user: amiHealthUser, secret: access.amiHealthPassword ?? "" },
    release: { user: amiReleaseUser, secret: access.amiReleasePassword ?? "" },
  });
  return {
    reload: () => ami.reload("pbx_config.so"),
    loaded: async () => (await ami.dialplan()).toSorted(),
    callThrough: () => callThrough(access, clock, logger),
  };
}

/** Its near end is answered where its far end is: by Hearback, or by the apology where that is away. */
async function callThrough(access: LiveAccess, clock: Clock, logger: Logger): Promise<string | null> {
  const { ariUrl: url, ariUser: user, ariPassword: password } = access;
  const app = newName("hearback-check");
  const connection = new AriConnection({ url, user, password, app, clock, logger });
  const over = new AbortController();
  try {
    await connection.start();
    const answered = answerOf(connection, app, over.signal);
    const late = clock.wait(throughWithinMs, over.signal).then(
      () => "a call through the dialplan was neither answered nor ended",
      () => null,
    );
    return await Promise.race([answered, late]);
  } catch (thrown) {
    return messageOf(thrown);
  } finally {
    over.abort();
    await connection.request("DELETE", `channels/${app}`).catch(() => {});
    await connection.stop();
  }
}

/** @returns null once it is answered */
async function answerOf(connection: AriConnection, id: string, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const detach = connection.attach(id, (event) => {
    if (event.type === "StasisStart") resolve(null);
    if (event.type === "ChannelDestroyed")
      resolve(`a call through the dialplan was cut off before anybody answered (cause ${event.cause})`);
  });
  signal.addEventListener("abort", detach);
  const query = { endpoint: way, app: connection.app, timeout: throughWithinMs / 1000 };
  const json = { variables: { "CDR_PROP(disable)": "1" } };
  const { status } = await connection.request("POST", `channels/${id}`, query, { json });
  return status === 200
    ? promise
    : `Asterisk did not take the order for a call through the dialplan (${status})`;
}
