/** The cookies of signing in, each for this very host alone, unseen by scripts, and only over TLS (loopback counts). */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { From } from "#access/door-ports.ts";
import { sessionLimits } from "#access/session.ts";
import { sessionCookie } from "../who.ts";

/** Between password and code. */
export const halfCookie = "__Host-hearback-half";
/** Between our page and the sign-in service's. */
export const oidcCookie = "__Host-hearback-oidc";

/** "lax": the way back from a sign-in service, and links in e-mails, must find them. */
const safely = { path: "/", httpOnly: true, secure: true, sameSite: "lax" } as const;

export function keepCookie(reply: FastifyReply, name: string, value: string): void {
  const ms = name === sessionCookie ? sessionLimits.absoluteMs : sessionLimits.halfOpenMs;
  reply.setCookie(name, value, { ...safely, maxAge: ms / 1000 });
}

export const dropCookie = (reply: FastifyReply, name: string): void =>
  void reply.clearCookie(name, { ...safely });

/** The session is open: what led to it is over. */
export function letIn(reply: FastifyReply, secret: string): void {
  keepCookie(reply, sessionCookie, secret);
  dropCookie(reply, halfCookie);
  dropCookie(reply, oidcCookie);
}

export const fromOf = (request: FastifyRequest): From => ({
  address: request.ip,
  agent: request.headers["user-agent"] ?? "",
});

/** A page of ours to go to; "/" for what might lead anywhere else. */
export function safeNext(next: unknown): string {
  const path = typeof next === "string" ? next : "";
  return /^\/(?![/\\])[^\s\\]{0,1000}$/.test(path) ? path : "/";
}

/** What was typed into a field; never more than a form of ours would send. */
export function typed(request: FastifyRequest, field: string): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[field];
  return typeof value === "string" ? value.slice(0, 1_000) : "";
}

/** "in 15 seconds", "in 4 minutes": how long somebody must wait. */
export const waitWords = (ms: number): string => {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  const minutes = Math.ceil(seconds / 60);
  return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
};
