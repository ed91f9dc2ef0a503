/** Made-up people who sign in to a rehearsal's pages: one for each role, by a link that works once. */
import { createServer } from "node:net";
import type { Pool } from "pg";
import { linkEnds } from "#access/invitation.ts";
import { type Role, roles } from "#access/rights.ts";
import { makeSecret } from "#access/secret.ts";
import { createAccountBook } from "#postgres/accounts.ts";

const names: Record<Role, string> = {
  clinician: "Claire Example",
  coordinator: "Colin Example",
  telecoms: "Tess Example",
  governance: "Grace Example",
};
const by = { kind: "job", id: "rehearsal", name: null } as const;

/** @param address where the pages are, e.g. http://127.0.0.1:8080 */
export async function makeSignInLinks(
  pool: Pool,
  trust: string,
  address: string,
): Promise<Map<Role, string>> {
  const accounts = createAccountBook(pool);
  const links = new Map<Role, string>();
  for (const role of roles) {
    const { secret, sha256 } = makeSecret();
    const link = { sha256, expiresAt: linkEnds(new Date()) };
    const email = `${role}@hearback.example`;
    const found = await accounts.find({ email });
    if (!found) {
      const grants = [{ role, trust, unit: null, site: null, ward: null, service: null }];
      await accounts.add({ email, name: names[role], grants, invitation: link }, by);
    }
    const { id } = (await accounts.find({ email }))!;
    await accounts.makeSignInLink(id, link);
    links.set(role, `${address}/sign-in/link/${secret}`);
  }
  return links;
}

/** On 127.0.0.1; whoever asked is to take it at once. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
