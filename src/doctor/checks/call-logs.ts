import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { hasRow, whyUnreadable } from "#asterisk/event-log.ts";
import { heartbeatOrder } from "#asterisk/heartbeat.ts";
import { type AriSettings, ariSettings, askAri } from "#doctor/ask-ari.ts";
import { defineNodeCheck, type Finding, fault, NotChecked, ok, warning } from "#doctor/check.ts";
import { newName } from "#lib/ids.ts";

const withinMs = 2_000;
const alike = "set up cel.conf, cel_custom.conf and extensions.conf as in dialplans/asterisk";

/** Whether what Asterisk writes about calls can serve as evidence. Has one row written into it, by a call to nobody. */
export const callLogs = defineNodeCheck({
  name: "call logs",
  ofNode: [...ariSettings, "celFile", "cdrFile"],
  run: async ({ celFile, cdrFile, ...settings }, signal) => [
    await eventLog(celFile, settings, signal),
    ...(await callList(cdrFile)),
  ],
});

async function eventLog(path: string | null, settings: AriSettings, signal: AbortSignal): Promise<Finding> {
  if (path === null) {
    const lost = "calls in doubt after a crash stay unknown, count, and are never dialled again";
    return warning(`HEARBACK_CEL_FILE is not set: ${lost}`, "share Asterisk's log/cel-custom, read-only");
  }
  const id = newName("beat");
  const { date } = await beat(settings, id, signal);
  try {
    for (
      const until = performance.now() + withinMs;
      performance.now() < until;
      await wait(50, null, { signal })
    )
      if (await hasRow(path, id, date.getTime() - 2 * withinMs))
        return ok(`${path} is written at once, and read`);
  } catch (thrown) {
    return fault(
      `${path}: ${whyUnreadable(thrown)}`,
      `let this user read it, where Asterisk writes it; and ${alike}`,
    );
  }
  return fault(`Asterisk does not write its calls into ${path}`, `${alike}, and check the path`);
}

async function beat(settings: AriSettings, id: string, signal: AbortSignal): Promise<{ date: Date }> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(heartbeatOrder)) query.set(key, String(value));
  const answer = await askAri(settings, `channels/${id}?${query}`, signal, "POST").catch(() => null);
  if (answer?.status !== 200 || !answer.date) throw new NotChecked("Asterisk takes no orders");
  return { date: answer.date };
}

async function callList(path: string | null): Promise<Finding[]> {
  if (path === null) return [];
  const thrown: unknown = await access(path, constants.R_OK).then(
    () => null,
    (cause) => cause,
  );
  const { code } = (thrown ?? {}) as NodeJS.ErrnoException;
  // It is there from the first call on.
  if (thrown === null || code === "ENOENT") return [];
  return [warning(`${path} cannot be read (${code ?? thrown})`, "let this user read it")];
}
