import { join } from "node:path";
import type { Packages } from "#rehearsal/packages/install.ts";
import { directories, emptyFiles, randomEntityId, writeSections } from "./configuration.ts";
import { type AsteriskInstance, type ConfigFile, type InstanceFolders, prepareInstance } from "./instance.ts";
import { type TlsFiles, tlsTransport } from "./ivr.ts";
import { carrierModules } from "./modules.ts";
import type { Ports } from "./ports.ts";

export interface CarrierOptions {
  dir: string;
  packages: Packages;
  ports: Ports;
  /** The ivr, at 127.0.0.1; its port for TLS where `tls` is given. */
  ivrSipPort: number;
  /** The whole extensions.conf; calls enter its context [people] at the number that was dialled. */
  peopleDialplan: string;
  /** Played as e.g. Playback(people/story-1); linked to this folder of WAV or A-law files. */
  soundsFolder?: string;
  /** The trunk by TLS and SRTP. */
  tls?: TlsFiles;
  /** It takes the first of these that we offer; A-law or mu-law, whichever we name first, when not given. */
  codecs?: readonly string[];
}

/** The Asterisk that plays the telephone network and its people. It can be asked on its command line only. */
export interface Carrier extends AsteriskInstance {
  /** Has the ringer of this id ring us; resolves once the order is given. */
  ring(id: string): Promise<void>;
  sipPort: number;
  /** Where MixMonitor leaves what people heard; Record takes any path below spoolDir. */
  monitorDir: string;
  spoolDir: string;
  /** One line a call, in CSV: what really rang, whatever Hearback believes. */
  cdrFile: string;
}

/** Prepares the carrier; its start() brings it up. */
export function prepareCarrier(options: CarrierOptions): Carrier {
  const instance = prepareInstance(options.dir, (folders) => ({
    dir: options.dir,
    packages: options.packages,
    modules: carrierModules,
    config: configuration(folders, options),
    ...(options.soundsFolder === undefined ? {} : { sounds: { people: options.soundsFolder } }),
  }));
  return Object.assign(instance, {
    // Two halves: the one dials in [ring-us], the other acts in [ringers] (people/dialplan.ts).
    ring: async (id: string) =>
      void (await instance.cli(`channel originate Local/${id}@ring-us/n extension ${id}@ringers`)),
    sipPort: options.tls ? options.ports.sipTls : options.ports.sip,
    spoolDir: join(instance.dir, "spool"),
    monitorDir: join(instance.dir, "spool/monitor"),
    cdrFile: join(instance.logDir, "cdr-csv/Master.csv"),
  });
}

function configuration(folders: InstanceFolders, options: CarrierOptions): Record<string, ConfigFile> {
  const write = (sections: Record<string, Record<string, string | number>>) => ({
    text: writeSections(sections, { asTemplates: false }),
  });
  const modules = carrierModules.map((name) => `require = ${name}.so\n`).join("");
  return {
    ...emptyFiles(),
    "asterisk.conf": write({
      directories: directories(folders),
      options: {
        ...{ entityid: randomEntityId(), verbose: 0, nocolor: "yes", dontwarn: "yes", hideconnect: "yes" },
        ...{ live_dangerously: "no", transmit_silence: "yes", documentation_language: "en_US" },
      },
    }),
    "modules.conf": { text: `[modules]\nautoload = no\n${modules}` },
    "logger.conf": {
      text: "[general]\ndateformat = %F %T.%3q\n[logfiles]\nmessages => notice,warning,error\nconsole => error\n",
    },
    "pjsip.conf": { text: trunk(options) },
    "rtp.conf": write({
      general: { rtpstart: options.ports.rtp.first, rtpend: options.ports.rtp.last, icesupport: "no" },
    }),
    "cdr.conf": write({
      general: { enable: "yes", unanswered: "yes", congestion: "yes" },
      csv: { usegmtime: "yes", loguniqueid: "yes", loguserfield: "yes" },
    }),
    "cel.conf": write({ general: { enable: "no" } }),
    "http.conf": write({ general: { enabled: "no" } }),
    "manager.conf": write({ general: { enabled: "no" } }),
    "indications.conf": write({
      general: { country: "uk" },
      uk: {
        description: "United Kingdom",
        ringcadence: "400,200,400,2000",
        ring: "400+450/400,0/200,400+450/400,0/2000",
      },
    }),
    "extensions.conf": { text: options.peopleDialplan },
  };
}

const choosing = (codecs: readonly string[]): string =>
  `allow = ${codecs.join(",")}
incoming_call_offer_pref = local_first`;

/** The other end of the ivr's trunk: the same codecs and keys, and many calls at once. */
function trunk({ ports, ivrSipPort, tls, codecs }: CarrierOptions): string {
  return `${tls ? tlsTransport(tls, "127.0.0.1", ports) : ""}
[global]
type = global
user_agent = Rehearsal carrier
endpoint_identifier_order = ip

[system]
type = system
threadpool_initial_size = 5
threadpool_auto_increment = 5
threadpool_max_size = 50

[udp]
type = transport
protocol = udp
bind = 127.0.0.1:${ports.sip}

[trunk]
type = endpoint
${tls ? "transport = tls\nmedia_encryption = sdes" : "transport = udp"}
context = people
aors = trunk
identify_by = ip
disallow = all
${codecs ? choosing(codecs) : "allow = alaw,ulaw"}
dtmf_mode = rfc4733
direct_media = no
rtp_timeout = 60
timers = no
allow_transfer = no
media_address = 127.0.0.1
bind_rtp_to_media_address = yes

[trunk]
type = aor
contact = sip:127.0.0.1:${ivrSipPort}${tls ? "\\;transport=tls" : ""}

[trunk]
type = identify
endpoint = trunk
match = 127.0.0.1
`;
}
