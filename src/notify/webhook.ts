/** Alerts as signed JSON, posted to an address of the operator's. */
import { createHmac } from "node:crypto";
import type { Messenger, OutgoingAlert } from "#alerts/ports.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";

export interface WebhookOptions {
  url: string;
  secret: string;
  clock: Clock;
  answerWithinMs?: number;
}

/**
 * `Hearback-Signature: v1=` and the HMAC-SHA256, as hex, of the timestamp, a full stop and the body. The receiver works it
 * out anew, compares in constant time, and refuses timestamps more than five minutes old; `Hearback-Alert-Id` stays the
 * same when an alert is sent again. Any 2xx is a receipt; redirects are not followed.
 * @throws AppError `webhook_refused` (another status), `webhook_unreachable`
 */
export function createWebhook({ url, secret, clock, answerWithinMs = 10_000 }: WebhookOptions): Messenger {
  return {
    send: async (alert: OutgoingAlert) => {
      const body = JSON.stringify(alert);
      const timestamp = String(Math.floor(clock.now().getTime() / 1000));
      const headers = {
        "content-type": "application/json",
        "user-agent": "Hearback",
        "hearback-alert-id": alert.id,
        "hearback-timestamp": timestamp,
        "hearback-signature": `v1=${signature(secret, timestamp, body)}`,
      };
      const signal = AbortSignal.timeout(answerWithinMs);
      const status = await fetch(url, { method: "POST", body, headers, signal, redirect: "manual" }).then(
        async (answer) => {
          await answer.body?.cancel();
          return answer.status;
        },
        (cause: Error) => {
          const why = cause.cause instanceof Error ? cause.cause.message : cause.message;
          // The address may hold a key of its own, and is not told.
          throw new AppError("webhook_unreachable", `The alerts' webhook was not reached: ${why}`, {
            alertId: alert.id,
          });
        },
      );
      if (status >= 200 && status < 300) return;
      throw new AppError("webhook_refused", `The alerts' webhook answered ${status}.`, {
        alertId: alert.id,
        status,
      });
    },
  };
}

export const signature = (secret: string, timestamp: string, body: string): string =>
  createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
