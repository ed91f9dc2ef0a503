/** A process of its own for one walk: begun by an instance (draft-walks.ts), and gone with it. */
import { setPriority } from "node:os";
import { AppError, messageOf } from "#lib/errors.ts";
import type { FromWalk, ToWalk } from "#release/walk-messages.ts";
import { walkOnRehearsal } from "./walk-on-rehearsal.ts";

setPriority(19);
const stopped = new AbortController();
let mayGoOn = false;

const tell = (message: FromWalk): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve());
    else resolve();
  });

process.on("message", (message: ToWalk) => {
  if (message.kind === "begin") void walk(message);
  if (message.kind === "may-go-on") mayGoOn = message.yes;
  if (message.kind === "stop") stopped.abort();
});
process.on("disconnect", () => stopped.abort());
// Ctrl-C and a service's stop are for whoever began us: they tell us, or leave.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopped.abort());

async function walk({ files, asteriskFolder }: ToWalk & { kind: "begin" }): Promise<void> {
  try {
    const report = await walkOnRehearsal(files, {
      ...{
        signal: stopped.signal,
        mayGoOn: () => mayGoOn,
        asterisk: { folder: asteriskFolder, mayDownload: false },
      },
      onProgress: ({ line = "", ...sums }) => void tell({ kind: "progress", progress: { ...sums, line } }),
    });
    await tell({ kind: "report", report });
  } catch (thrown) {
    const code = thrown instanceof AppError ? thrown.code : null;
    if (code !== "walk_stopped") await tell({ kind: "trouble", problem: messageOf(thrown) });
  }
  if (process.connected) process.disconnect();
}
