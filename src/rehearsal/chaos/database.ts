/** The rehearsal's Postgres, which may be killed at any time and comes back under the same address. */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { silentLogger } from "#lib/logger.ts";
import { createPool } from "#postgres/pool.ts";
import { type RehearsalPostgres, startPostgres } from "#rehearsal/postgres.ts";
import { type ProxyTarget, startTcpProxy } from "#rehearsal/tcp-proxy.ts";
import { childrenOf, signal } from "./processes.ts";

export type ChaosDatabase = Awaited<ReturnType<typeof startDatabase>>;

const restartMs = 1_000;

export async function startDatabase(dir: string) {
  const start = () => startPostgres({ dir: join(dir, "postgres"), durable: true });
  let server: RehearsalPostgres = await start();
  let stopping = false;
  const target = (): ProxyTarget => {
    const folder = decodeURIComponent(new URL(server.url).searchParams.get("host") ?? "");
    return { path: join(folder, ".s.PGSQL.5432") };
  };
  // Our own way to it is never disturbed, but by the kills themselves.
  const door = await startTcpProxy(target);
  const url = (port: number) => `postgres://hearback@127.0.0.1:${port}/postgres`;
  const ours = { url: url(door.port), applicationName: "hearback chaos", logger: silentLogger };
  const pool = createPool({ ...ours, as: "owner" });
  const pids = () => [...childrenOf(server.pid), server.pid];
  const watch = async (): Promise<void> => {
    while (!stopping) {
      await server.exited;
      if (stopping) return;
      await server.stop();
      await wait(restartMs);
      server = await start();
    }
  };
  const watching = watch();
  return {
    ...{ pool, url, target },
    get pid() {
      return server.pid;
    },
    kill: () => signal("SIGKILL", server.pid),
    freeze: () => signal("SIGSTOP", ...pids()),
    thaw: () => signal("SIGCONT", ...pids()),
    stop: async () => {
      stopping = true;
      await pool.end();
      await server.stop();
      await watching;
      await door.close();
    },
  };
}
