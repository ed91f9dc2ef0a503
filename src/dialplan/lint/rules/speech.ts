import { type Section, settingOf, settingsOf } from "#dialplan/conf/conf.ts";
import { type Configuration, sectionIn, sipOf } from "../configuration.ts";
import { type Found, type Rule, says, startOf, wrongIn, wrongOrAbsentIn, wrongOrUnsaid } from "../rule.ts";
import { notLoaded } from "./modules.ts";
import { inEach } from "./sip.ts";

const source = "RELIABILITY.md 3.2";
const portsOf = (all: Configuration) => {
  const general = sectionIn(all, "rtp.conf", "general");
  return { general, first: settingOf(general, "rtpstart"), last: settingOf(general, "rtpend") };
};

/** The line itself: speech, keys, and whether it is alive. */
export const speechRules: readonly Rule[] = [
  {
    ...{ name: "media-direct", level: "fault", source },
    find: inEach((section) => wrongOrAbsentIn(section, "direct_media", says.notNo)),
    says: "speech may pass by Asterisk, and there is nothing to record; without the line it may",
    instead: "direct_media = no",
  },
  {
    ...{ name: "keys-in-speech", level: "fault", source: "RELIABILITY.md 1.2, F8" },
    find: inEach((section) => wrongIn(section, "dtmf_mode", (value) => value.toLowerCase() !== "rfc4733")),
    says: "keys come as tones in the speech or by SIP INFO: they get lost, come twice, or stay in the story",
    instead: "dtmf_mode = rfc4733",
  },
  {
    ...{ name: "codecs", level: "fault", source: "issue 1; ASTERISK.md 6", find: codecs },
    says: "codecs that lose of the voice, or that our modules do not hold; or all of them, as nothing is disallowed first",
    instead: "disallow = all, then allow = alaw,ulaw; for wideband allow = alaw,ulaw,g722",
  },
  {
    ...{ name: "wideband", level: "fault", source: "dialplans/asterisk/README.md", find: wideband },
    says: "wideband is asked for before A-law, so stories are no longer kept as they came; or without the modules that make A-law of it",
    instead:
      "allow = alaw,ulaw,g722, and in modules.conf require = codec_g722.so and require = codec_resample.so",
  },
  {
    ...{ name: "timers-forced", level: "warning", source: "dialplans/asterisk/pjsip.conf" },
    find: inEach((section) =>
      wrongIn(section, "timers", (value) => /^(?:always|required|forced)$/i.test(value)),
    ),
    says: "calls end in the middle where a network mishandles session timers",
    instead: "timers = no",
  },
  {
    ...{ name: "dead-line", level: "warning", source: "RELIABILITY.md 1.2, F11" },
    find: inEach((section) => wrongOrAbsentIn(section, "rtp_timeout", (value) => !(Number(value) >= 10))),
    says: "a line that has gone dead is held until the call's own end",
    instead: "rtp_timeout = 30",
  },
  {
    ...{ name: "trunk-unwatched", level: "warning", source },
    find: (all) =>
      sipOf(all, "aor")
        .filter(({ section }) => settingOf(section, "contact") || section.open)
        .flatMap(({ section }) =>
          wrongOrAbsentIn(section, "qualify_frequency", (value) => !(Number(value) > 0)),
        ),
    says: "nobody asks whether the carrier is there, so a dead trunk is noticed by failing calls",
    instead: "qualify_frequency = 30",
  },
  {
    ...{ name: "srtp-keys-open", level: "fault", source: "RFC 4568, 8", find: keysOpen },
    says: "the keys of the encrypted speech are sent by SIP in the clear",
    instead: "transport = the name of a transport of protocol = tls (README.md)",
  },
  {
    ...{ name: "srtp-optional", level: "fault", source: `${source}; dialplans/asterisk/README.md` },
    find: inEach((section) => wrongIn(section, "media_encryption_optimistic", says.yes)),
    says: "whoever is in between has only to strike out the offer, and speech is plain",
    instead: "delete the line: media_encryption = sdes falls back to nothing",
  },
  {
    ...{ name: "carrier-unproven", level: "fault", source },
    find: (all) =>
      sipOf(all, "transport")
        .filter(({ section }) => /^tls$/i.test(settingOf(section, "protocol")?.value ?? ""))
        .flatMap(({ section }) => wrongOrAbsentIn(section, "verify_server", says.notYes)),
    says: "TLS with whoever answers: nobody looks at the carrier's certificate",
    instead: "verify_server = yes and ca_list_file",
  },
  {
    ...{ name: "rtp-strict", level: "fault", source: "Asterisk, rtp.conf.sample; CVE-2017-14099" },
    find: (all) => wrongIn(sectionIn(all, "rtp.conf", "general"), "strictrtp", says.no),
    says: "speech from any address is let into a call",
    instead: "strictrtp = yes",
  },
  {
    ...{ name: "rtp-ports-few", level: "warning", source: "RELIABILITY.md 1.2, F14" },
    find: (all) => {
      const { first, last } = portsOf(all);
      const ports = Number(last?.value) - Number(first?.value) + 1;
      return first && last && !(ports >= 80) ? [{ at: last.at, about: `${first.value}-${last.value}` }] : [];
    },
    says: "fewer ports than twenty calls need, four each",
    instead: "four ports for each call that may be up at once",
  },
  {
    ...{ name: "rtp-ports-wide", level: "warning", source: "Asterisk, rtp.conf.sample", find: portsWide },
    says: "the firewall must be open for more ports than two thousand calls need; without the lines 26,000 are",
    instead: "rtpstart and rtpend with four ports for each call that may be up at once",
  },
  {
    ...{ name: "rtp-ice", level: "warning", source: "Asterisk, rtp.conf.sample" },
    find: (all) => wrongOrUnsaid(all, ["rtp.conf", "general"], "icesupport", says.notNo),
    says: "each call tells all addresses of this machine to the far end, and waits for theirs; without the line it does",
    instead: "icesupport = no",
  },
  {
    ...{ name: "rtp-stun", level: "fault", source: "Asterisk, rtp.conf.sample" },
    find: (all) =>
      wrongIn(sectionIn(all, "rtp.conf", "general"), ["stunaddr", "turnaddr"], (value) => value !== ""),
    says: "each call waits for a server outside, which learns of it",
    instead: "delete the line, and say media_address in [trunk-endpoint-site]",
  },
];

function codecs(all: Configuration): Found[] {
  const fine = /^(?:alaw|ulaw|g722)$/i;
  return inEach((section: Section) => {
    const lines = settingsOf(section, "allow", "disallow");
    if (section.open && lines.length === 0) return [];
    const [first] = lines;
    // "allow = !all,alaw" is the same in one line.
    const cleared = first?.key.toLowerCase() === "disallow" ? /^all$/i : /^!all\b/i;
    if (!first || !cleared.test(first.value))
      return [{ at: first?.at ?? section.at, about: first?.value ?? section.name }];
    return settingsOf(section, "allow")
      .filter(({ value }) =>
        value
          .replace(/^!all\s*,/i, "")
          .split(",")
          .some((codec) => !fine.test(codec.trim())),
      )
      .map(({ at, value }) => ({ at, about: value }));
  })(all);
}

function wideband(all: Configuration): Found[] {
  const away = notLoaded(all, ["codec_g722", "codec_resample"]);
  return inEach((section: Section) => {
    const named = settingsOf(section, "allow").flatMap(({ at, value }) =>
      value.split(",").map((codec) => ({ at, about: value, codec: codec.trim().toLowerCase() })),
    );
    const wide = named.findIndex(({ codec }) => codec === "g722");
    const narrow = named.findIndex(({ codec }) => codec === "alaw");
    const inOrder = narrow !== -1 && narrow < wide;
    return wide === -1 || (inOrder && away.length === 0) ? [] : [named[wide]!];
  })(all);
}

function keysOpen(all: Configuration): Found[] {
  const known = new Map(sipOf(all, "transport").map(({ name, section }) => [name, section]));
  return inEach((section: Section) => {
    const encryption = settingOf(section, "media_encryption");
    if (encryption?.value.toLowerCase() !== "sdes") return [];
    const name = settingOf(section, "transport")?.value;
    const transport = name === undefined ? undefined : known.get(name);
    // A transport that is not here may stand in the site's own file.
    if (!transport && (section.open || (name !== undefined && all.confs.get("pjsip.conf")?.open))) return [];
    const protocol = settingOf(transport, "protocol")?.value ?? "udp";
    return /^(?:tls|wss)$/i.test(protocol) ? [] : [{ at: encryption.at, about: name ?? "no transport" }];
  })(all);
}

function portsWide(all: Configuration): Found[] {
  const conf = all.confs.get("rtp.conf");
  const { general, first, last } = portsOf(all);
  if (!conf) return [];
  if (!first || !last) return general?.open || conf.open ? [] : [{ at: general?.at ?? startOf(conf) }];
  const ports = Number(last.value) - Number(first.value) + 1;
  return ports > 8_000 || Number(first.value) < 1_024
    ? [{ at: first.at, about: `${first.value}-${last.value}` }]
    : [];
}
