import { fileURLToPath } from "node:url";
import { carrierModules, ivrModules } from "#rehearsal/asterisk/modules.ts";

/** Packages that are locked, installed and run together, in a folder of their own with their own C library. */
export interface PackageSet {
  lockPath: string;
  /** What we ask Debian for; refreshing the lock finds what these need to run. */
  roots: readonly string[];
  /** Packages of data only, which no program's list of libraries would lead to. */
  data: readonly string[];
  /** What gets a starter in the prefix's bin, by the path inside it. */
  programs: Readonly<Record<string, string>>;
  /** Every program and module that must be able to run from the prefix, as paths inside it. */
  binaries(): string[];
}

/** The Debian suite that has Asterisk 22 and pocketsphinx 5; bookworm and trixie have no Asterisk at all. */
export const SUITE = "forky";

export const ROOT_PACKAGES = ["asterisk", "pocketsphinx", "pocketsphinx-en-us"] as const;

export const LIBRARIES = "usr/lib/x86_64-linux-gnu";
export const LOADER = "usr/lib64/ld-linux-x86-64.so.2";
export const ASTERISK = "usr/sbin/asterisk";
export const POCKETSPHINX = "usr/bin/pocketsphinx";
export const ASTERISK_MODULES = `${LIBRARIES}/asterisk/modules`;
export const MODEL = "usr/share/pocketsphinx/model/en-us";

const lockFile = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Asterisk and pocketsphinx: all that the demo needs. */
export const TELEPHONY: PackageSet = {
  lockPath: lockFile("debian.lock"),
  roots: ROOT_PACKAGES,
  data: ["pocketsphinx-en-us"],
  programs: { asterisk: ASTERISK, pocketsphinx: POCKETSPHINX },
  binaries: () => {
    const modules = new Set([...ivrModules(), ...carrierModules]);
    return [ASTERISK, POCKETSPHINX, ...[...modules].map((name) => `${ASTERISK_MODULES}/${name}.so`)];
  },
};

export const KAMAILIO = "usr/sbin/kamailio";
export const KAMAILIO_MODULES = `${LIBRARIES}/kamailio/modules`;
const KAMCMD = "usr/sbin/kamcmd";

/** The modules that docker/kamailio/kamailio.cfg loads. */
const kamailioModules = [
  "tm",
  "sl",
  "rr",
  "pv",
  "maxfwd",
  "textops",
  "siputils",
  "sanity",
  "dispatcher",
  "kex",
  "ctl",
];

/** Kamailio, locked apart: only who runs several Asterisks behind one address needs it. */
export const DISPATCHER: PackageSet = {
  lockPath: lockFile("kamailio.lock"),
  roots: ["kamailio"],
  data: [],
  programs: { kamailio: KAMAILIO, kamcmd: KAMCMD },
  binaries: () => [KAMAILIO, KAMCMD, ...kamailioModules.map((name) => `${KAMAILIO_MODULES}/${name}.so`)],
};
