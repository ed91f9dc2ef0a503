import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Packages } from "#rehearsal/packages/install.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import {
  directories,
  emptyFiles,
  randomEntityId,
  randomPassword,
  type Section,
  writeSections,
} from "./configuration.ts";
import { type AsteriskInstance, type ConfigFile, type InstanceFolders, prepareInstance } from "./instance.ts";
import { ivrModules } from "./modules.ts";
import type { Ports } from "./ports.ts";

export interface IvrOptions {
  dir: string;
  packages: Packages;
  ports: Ports;
  /** The SIP far end that calls go to: the pretend carrier, or somebody else's. */
  trunk: { host: string; port: number };
  /** A random one, when not given: no two Asterisks may have the same. */
  entityId?: string;
  /** The folder of templates, if not dialplans/asterisk. */
  templates?: string;
  /** The trunk by TLS and SRTP, ARI and AMI by TLS, as between machines; PEM files. */
  tls?: TlsFiles;
}

export interface TlsFiles {
  certificate: string;
  key: string;
  /** Whom we believe. */
  ca: string;
}

/** The Asterisk that Hearback drives. Passwords are made anew for each, and stay when it is started again. */
export interface Ivr extends AsteriskInstance {
  /** e.g. http://127.0.0.1:18088 */
  ariUrl: string;
  ariUser: string;
  ariPassword: string;
  metricsUrl: string;
  amiPort: number;
  amiUsers: Record<"health" | "release", { user: string; password: string }>;
  sipPort: number;
}

/** Prepares the ivr from the templates; its start() brings it up. Throws where the far end's name is unknown. */
export async function prepareIvr(options: IvrOptions): Promise<Ivr> {
  const templates = options.templates ?? repositoryFile("dialplans/asterisk");
  const address = (await lookup(options.trunk.host, { family: 4 })).address;
  const local = await localAddressTowards(address);
  const secrets = { ari: randomPassword(), health: randomPassword(), release: randomPassword() };
  const instance = prepareInstance(options.dir, (folders) => ({
    dir: options.dir,
    packages: options.packages,
    modules: ivrModules(templates),
    config: {
      ...emptyFiles(),
      ...linked(templates),
      "site.conf": { text: writeSite(folders, options, { address, local }, secrets) },
      ...(options.tls
        ? { "pjsip-site.conf": { text: tlsTransport(options.tls, local, options.ports) } }
        : {}),
      "asterisk.conf": { text: startingFile(folders.etc) },
      "asterisk-template.conf": { linkTo: join(templates, "asterisk.conf") },
    },
  }));
  return Object.assign(instance, {
    ariUrl: options.tls
      ? `https://127.0.0.1:${options.ports.https}`
      : `http://127.0.0.1:${options.ports.http}`,
    ariUser: "hearback",
    ariPassword: secrets.ari,
    metricsUrl: `http://127.0.0.1:${options.ports.http}/metrics`,
    amiPort: options.tls ? options.ports.amiTls : options.ports.ami,
    amiUsers: {
      health: { user: "health", password: secrets.health },
      release: { user: "release", password: secrets.release },
    },
    sipPort: options.ports.sip,
  });
}

function linked(templates: string): Record<string, ConfigFile> {
  const names = readdirSync(templates).filter((name) => name.endsWith(".conf"));
  return Object.fromEntries(names.map((name) => [name, { linkTo: join(templates, name) }]));
}

/** Asterisk reads this one before it knows its folders, so only here do includes need whole paths. */
function startingFile(etc: string): string {
  return `#include "${join(etc, "site.conf")}"\n#include "${join(etc, "asterisk-template.conf")}"\n`;
}

/** All that differs between machines or must stay secret: the sections that the templates inherit from. */
function writeSite(
  folders: InstanceFolders,
  { ports, trunk, tls, entityId = randomEntityId() }: IvrOptions,
  { address, local }: { address: string; local: string },
  secrets: Record<"ari" | "health" | "release", string>,
): string {
  const sections = {
    "directories-site": directories(folders),
    "options-site": { entityid: entityId },
    "http-site": { bindaddr: "127.0.0.1", bindport: ports.http, ...(tls ? served(tls, ports.https) : {}) },
    "ari-site": { password: secrets.ari, ...onlyThisMachine },
    "manager-site": { bindaddr: "127.0.0.1", port: ports.ami, ...(tls ? served(tls, ports.amiTls) : {}) },
    "manager-health-site": { secret: secrets.health, ...onlyThisMachine },
    "manager-release-site": { secret: secrets.release, ...onlyThisMachine },
    "transport-site": { bind: `${local}:${ports.sip}` },
    // In this order: the last line that fits an address decides.
    "trunk-acl-site": { deny: "0.0.0.0/0", permit: `${address}/32` },
    "trunk-endpoint-site": { media_address: local, bind_rtp_to_media_address: "yes", ...carried(tls) },
    "trunk-aor-site": { contact: `sip:${trunk.host}:${trunk.port}${tls ? ";transport=tls" : ""}` },
    "trunk-identify-site": { match: address },
    "rtp-site": { rtpstart: ports.rtp.first, rtpend: ports.rtp.last },
  };
  return `; Generated at each start. Secrets: not for git.\n\n${writeSections(sections, { asTemplates: true })}`;
}

/** In this order: the last line that fits an address decides. */
const onlyThisMachine = { deny: "0.0.0.0/0.0.0.0", permit: "127.0.0.1/255.255.255.255" };

const served = ({ certificate, key }: TlsFiles, port: number) => ({
  tlsenable: "yes",
  tlsbindaddr: `127.0.0.1:${port}`,
  tlscertfile: certificate,
  tlsprivatekey: key,
});

const carried = (tls: TlsFiles | undefined): Section =>
  tls ? { transport: "tls", media_encryption: "sdes" } : { transport: "udp" };

/** SIP over TLS: whose certificate is not signed by the CA, or names another, is not spoken with. */
export function tlsTransport({ certificate, key, ca }: TlsFiles, address: string, ports: Ports): string {
  const tls = {
    ...{ type: "transport", protocol: "tls", method: "tlsv1_2", bind: `${address}:${ports.sipTls}` },
    ...{ cert_file: certificate, priv_key_file: key, ca_list_file: ca, verify_server: "yes" },
  };
  return writeSections({ tls }, { asTemplates: false });
}

/** The address of ours that the far end can answer to; 127.0.0.1 where it is on this machine. */
function localAddressTowards(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    // Sends nothing: the kernel only chooses the way it would go.
    socket.connect(9, address, () => {
      resolve(socket.address().address);
      socket.close();
    });
  });
}
