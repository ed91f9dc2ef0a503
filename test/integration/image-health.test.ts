/** The image's health check, as Docker runs it, on servers that are ready and on others that are not. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";

const dockerfile = readFileSync(repositoryFile("docker/app/Dockerfile"), "utf8");
const command = JSON.parse(/^HEALTHCHECK .*\\\n {2}CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[];
const folder = mkdtempSync(join(tmpdir(), "hearback-health-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The check's exit status, in a container of which `/app` is the repository. */
async function statusOf(env: Record<string, string>): Promise<number> {
  const [, ...words] = command.map((word) => word.replace(/^\/app\//, repositoryFile("")));
  const check = spawn(process.execPath, words, { env, stdio: "inherit" });
  const [status] = (await once(check, "exit")) as [number];
  return status;
}

async function checked(server: Server, certificate: string | null): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    return await statusOf({
      HEARBACK_LISTEN: `0.0.0.0:${port}`,
      ...(certificate ? { HEARBACK_TLS_CERTIFICATE: certificate } : {}),
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const readyz =
  (status: number): RequestListener =>
  (request, response) =>
    response.writeHead(request.url === "/readyz" ? status : 404).end();

test("is good where Hearback is ready, and bad where it says no or is not there", async () => {
  expect(await checked(createServer(readyz(200)), null)).toBe(0);
  expect(await checked(createServer(readyz(503)), null)).toBe(1);
  const gone = createServer();
  gone.listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, "close");
  expect(await statusOf({ HEARBACK_LISTEN: `0.0.0.0:${port}` })).toBe(1);
});

test("asks by TLS where Hearback has a certificate of its own, which no authority here knows", async () => {
  const [key, cert] = ["key.pem", "certificate.pem"].map((name) => join(folder, name));
  const subject = ["-nodes", "-subj", "/CN=hearback.trust.example", "-days", "2"];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key!, "-out", cert!];
  execFileSync("openssl", ["req", "-x509", ...subject, ...made], { stdio: "ignore" });
  const parts = { key: readFileSync(key!), cert: readFileSync(cert!) };
  expect(await checked(createSecureServer(parts, readyz(200)), cert!)).toBe(0);
  expect(await checked(createSecureServer(parts, readyz(503)), cert!)).toBe(1);
});
