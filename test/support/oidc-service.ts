/** A real OpenID Connect service on loopback (oidc-provider), and a browser that signs in there as whom it is told. */

import { generateKeyPair, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { Provider } from "oidc-provider";

export interface Known {
  email?: string;
  email_verified?: boolean;
}

export interface OidcService {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Whom it knows, by the name they sign in with there. */
  people: Map<string, Known>;
  /** Goes through its pages as `login`. @returns the address that it sends the browser back to */
  signIn(url: string, login: string): Promise<URL>;
  /** At its first page says no. */
  cancel(url: string): Promise<URL>;
  close(): Promise<void>;
}

export async function startOidcService(redirectUri: string): Promise<OidcService> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const people = new Map<string, Known>();
  const { clientId, clientSecret } = { clientId: "hearback", clientSecret: "made up for this test" };
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    scopes: ["openid", "email", "profile"],
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    jwks: { keys: [await signingKey()] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  });
  server.on("request", provider.callback());
  const close = () => stop(server);
  return {
    ...{ issuer, clientId, clientSecret, people, close },
    signIn: (url, login) => walk(issuer, url, login),
    cancel: (url) => walk(issuer, url, null),
  };
}

async function signingKey() {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Follows its redirections, fills in its forms, and keeps its cookies, as a browser would. */
async function walk(issuer: string, first: string, login: string | null): Promise<URL> {
  const cookies = new Map<string, string>();
  let request = new Request(first);
  for (let step = 0; step < 12; step += 1) {
    const { method } = request;
    const headers = {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      ...(method === "POST" ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    };
    const body = method === "POST" ? await request.text() : null;
    const answer = await fetch(request.url, { method, headers, body, redirect: "manual" });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value === "") cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    const location = answer.headers.get("location");
    if (location) {
      const next = new URL(location, request.url);
      if (next.origin !== issuer) return next;
      request = new Request(next);
      continue;
    }
    request = fillIn(await answer.text(), request.url, login);
  }
  throw new Error("the sign-in service goes round in circles");
}

function fillIn(page: string, at: string, login: string | null): Request {
  if (login === null) {
    const [, abort] = /href="([^"]*\/abort)"/.exec(page)!;
    return new Request(new URL(abort!, at));
  }
  const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
  const [, prompt] = /name="prompt" value="([^"]+)"/.exec(page) ?? [];
  if (!action || !prompt)
    throw new Error(`not a page to fill in: ${page.replace(/<style[\s\S]*<\/style>/, "").slice(0, 900)}`);
  const fields = new URLSearchParams({ prompt, ...(prompt === "login" ? { login, password: "any" } : {}) });
  return new Request(new URL(action, at), { method: "POST", body: fields.toString() });
}
