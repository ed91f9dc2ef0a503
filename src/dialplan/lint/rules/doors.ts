import { settingOf } from "#dialplan/conf/conf.ts";
import { aclOf, letsNobodyIn, letsStrangersIn, sectionsWithAcl } from "../acl.ts";
import { isEverywhere } from "../addresses.ts";
import { type Configuration, sectionIn, sipOf } from "../configuration.ts";
import { encryptedBeyond, plainBeyond } from "../reach.ts";
import { type Found, type Rule, says, wrongIn, wrongOrUnsaid } from "../rule.ts";

const source = "RELIABILITY.md 3.2";
const http = ["http.conf", "general"] as const;
const general = (all: Configuration, door: "http.conf" | "manager.conf") => sectionIn(all, door, "general");

/** HTTP, under which ARI and /metrics lie, and what all doors have in common. */
export const doorRules: readonly Rule[] = [
  {
    ...{ name: "http-plain", level: "fault", source: `${source}; Asterisk, http.conf.sample` },
    find: (all) => plainBeyond(all, "http.conf"),
    says: "ARI can be reached from other machines without TLS: passwords and calls in the clear",
    instead: "bindaddr = 127.0.0.1, and for other machines tlsenable, tlsbindaddr and an ACL (README.md)",
  },
  {
    ...{ name: "tls-everywhere", level: "fault", source },
    find: (all) =>
      (["http.conf", "manager.conf"] as const).flatMap((door) =>
        encryptedBeyond(all, door).filter(({ about = "" }) => isEverywhere(about)),
      ),
    says: "it listens on each address of the machine, the one towards the carrier too",
    instead: "tlsbindaddr with the one address that Hearback comes to",
  },
  {
    ...{ name: "tls-without-certificate", level: "fault", source: "Asterisk, http.conf.sample" },
    find: (all) =>
      (["http.conf", "manager.conf"] as const).flatMap((door) => {
        const section = general(all, door);
        const on = settingOf(section, "tlsenable");
        const lacks = on && says.yes(on.value) && !settingOf(section, "tlscertfile", "sslcert");
        return lacks ? [{ at: on.at }] : [];
      }),
    says: "TLS without a certificate does not start",
    instead: "tlscertfile and tlsprivatekey",
  },
  {
    ...{ name: "tls-old", level: "fault", source: "RFC 8996" },
    find: oldTls,
    says: "TLS 1.0 and 1.1 are broken",
    instead: "method = tlsv1_2 in pjsip.conf; tlsdisablev1 = yes and tlsdisablev11 = yes elsewhere",
  },
  {
    ...{ name: "http-off", level: "fault", source: "Asterisk, http.conf.sample" },
    find: (all) => wrongOrUnsaid(all, http, "enabled", says.notYes),
    says: "without HTTP there is no ARI, and Hearback cannot call",
    instead: "enabled = yes",
  },
  {
    ...{ name: "http-static", level: "fault", source },
    find: (all) => wrongIn(general(all, "http.conf"), ["enable_static", "enablestatic"], says.yes),
    says: "Asterisk serves files of the machine by HTTP",
    instead: "enable_static = no",
  },
  {
    ...{ name: "http-status", level: "fault", source: `${source}; CVE-2026-23738` },
    find: (all) => wrongOrUnsaid(all, http, "enable_status", says.notNo),
    says: "the page /httpstatus tells what runs here, and has had holes",
    instead: "enable_status = no",
  },
  {
    ...{ name: "http-sessions", level: "warning", source: "RELIABILITY.md 1.2, F16" },
    find: (all) => wrongOrUnsaid(all, http, "sessionlimit", (value) => !(Number(value) >= 400)),
    says: "too few HTTP sessions for a hundred calls at once; without the line there are 100",
    instead: "sessionlimit = 2000",
  },
  {
    ...{ name: "acl-permits-all", level: "fault", source: "Asterisk, acl.conf.sample" },
    find: (all) =>
      sectionsWithAcl(all).flatMap((section) => {
        const lines = aclOf(all, section);
        return letsStrangersIn(lines) ? [{ at: lines[0]!.at, about: section.name }] : [];
      }),
    says: "these addresses let everybody in: one whom no line fits may come in, and of those that fit the last decides",
    instead: "deny = 0.0.0.0/0.0.0.0 first, then a permit line for each address that may",
  },
  {
    ...{ name: "acl-permits-nobody", level: "fault", source: "Asterisk, acl.conf.sample" },
    find: (all) =>
      sectionsWithAcl(all).flatMap((section) => {
        const lines = aclOf(all, section);
        return letsNobodyIn(lines) ? [{ at: lines.at(-1)!.at, about: section.name }] : [];
      }),
    says: "nobody gets in: the last line that fits an address decides, and it denies those that are permitted above",
    instead: "deny first, then permit",
  },
];

function oldTls(all: Configuration): Found[] {
  const old = /^(?:sslv2|sslv3|sslv23|tlsv1|tlsv1_0|tlsv1_1|default|unspecified)$/i;
  const sip = sipOf(all, "transport").flatMap(({ section }) =>
    wrongIn(section, "method", (value) => old.test(value)),
  );
  const others = (["http.conf", "manager.conf"] as const).flatMap((door) =>
    ["tlsdisablev1", "tlsdisablev11"].flatMap((key) => wrongIn(general(all, door), key, says.no)),
  );
  return [...sip, ...others];
}
