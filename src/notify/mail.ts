/** Alerts by e-mail: SMTP, by nodemailer. */
import nodemailer from "nodemailer";
import type { Messenger, OutgoingAlert } from "#alerts/ports.ts";
import { AppError, messageOf } from "#lib/errors.ts";

export interface MailOptions {
  /** `smtps://user:password@host`, or `smtp://`, which must then offer STARTTLS unless it is on this machine. */
  url: string;
  from: string;
  to: string[];
  answerWithinMs?: number;
}

/** The Message-ID is made from the alert's id: one that is sent twice is one in the reader's mailbox. */
export function createMail({ url, from, to, answerWithinMs = 20_000 }: MailOptions): Messenger {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isSecure = protocol === "smtps:";
  const isHere = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  const transport = nodemailer.createTransport({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port ? Number(port) : isSecure ? 465 : 587,
    secure: isSecure,
    requireTLS: !isSecure && !isHere,
    ...(username ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
    connectionTimeout: answerWithinMs,
    greetingTimeout: answerWithinMs,
    socketTimeout: answerWithinMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (alert) => {
      try {
        await transport.sendMail(messageFor(alert, from, to));
      } catch (thrown) {
        const text = `The mail server did not take an alert: ${messageOf(thrown)}`;
        throw new AppError("mail_refused", text, { alertId: alert.id });
      }
    },
  };
}

const messageFor = ({ id, at, kind, event, title, text }: OutgoingAlert, from: string, to: string[]) => ({
  from,
  to,
  subject: `[Hearback] ${title}`,
  messageId: `<${id}@${from.split("@").at(-1)}>`,
  date: new Date(at),
  headers: { "Auto-Submitted": "auto-generated", "X-Hearback-Alert": `${kind} ${event}` },
  text: `${title}\n\n${text}\n\nAlert ${id}\n`,
});
