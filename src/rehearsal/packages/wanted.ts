import { carrierModules, ivrModules } from "#rehearsal/asterisk/modules.ts";

/** The Debian suite that has Asterisk 22 and pocketsphinx 5; bookworm and trixie have no Asterisk at all. */
export const SUITE = "forky";

/** What we ask Debian for; refreshing the lock finds what these need to run. */
export const ROOT_PACKAGES = ["asterisk", "pocketsphinx", "pocketsphinx-en-us"] as const;

/** Packages of data only, which no program's list of libraries would lead to. */
export const DATA_PACKAGES = ["pocketsphinx-en-us"] as const;

export const LIBRARIES = "usr/lib/x86_64-linux-gnu";
export const LOADER = "usr/lib64/ld-linux-x86-64.so.2";
export const ASTERISK = "usr/sbin/asterisk";
export const POCKETSPHINX = "usr/bin/pocketsphinx";
export const ASTERISK_MODULES = `${LIBRARIES}/asterisk/modules`;
export const MODEL = "usr/share/pocketsphinx/model/en-us";

/** Every program and module that must be able to run from the prefix, as paths inside it. */
export function wantedBinaries(): string[] {
  const modules = new Set([...ivrModules(), ...carrierModules]);
  return [ASTERISK, POCKETSPHINX, ...[...modules].map((name) => `${ASTERISK_MODULES}/${name}.so`)];
}
