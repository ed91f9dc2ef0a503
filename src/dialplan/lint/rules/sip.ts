import { type Section, settingOf, settingsOf } from "#dialplan/conf/conf.ts";
import { aclOf } from "../acl.ts";
import { isLoopback, isWide } from "../addresses.ts";
import { type Configuration, sipOf } from "../configuration.ts";
import { weakPassword } from "../passwords.ts";
import { type Found, type Rule, says, wrongIn, wrongOrAbsentIn } from "../rule.ts";

const source = "RELIABILITY.md 3.2";
const endpoints = (all: Configuration): Section[] => sipOf(all, "endpoint").map(({ section }) => section);
const inEach = (find: (section: Section) => Found[]) => (all: Configuration) => endpoints(all).flatMap(find);
const transports = (all: Configuration) => sipOf(all, "transport");

/** pjsip.conf: who may speak to us by SIP, and as whom. */
export const sipRules: readonly Rule[] = [
  {
    ...{ name: "sip-no-addresses", level: "fault", source, find: noAddresses },
    says: "SIP is listened to from everybody, and scanners find an open port within minutes",
    instead: "a section of type = acl: deny = 0.0.0.0/0, then permit = the carrier's addresses",
  },
  {
    ...{ name: "sip-anonymous", level: "fault", source, find: anonymous },
    says: "strangers' calls are taken in",
    instead: "delete it; endpoint_identifier_order = ip knows the carrier by its address and nobody else",
  },
  {
    ...{ name: "sip-known-by-name", level: "fault", source, find: knownByName },
    says: "callers are known by a name in their message, which anybody can write",
    instead: "endpoint_identifier_order = ip under [global], and identify_by = ip in the endpoint",
  },
  {
    ...{ name: "sip-identify-wide", level: "fault", source },
    find: (all) =>
      sipOf(all, "identify").flatMap(({ section }) =>
        settingsOf(section, "match")
          .filter(({ value }) =>
            value.split(",").some((network) => /[\d:]\/|^\d/.test(network.trim()) && isWide(network)),
          )
          .map(({ at, value }) => ({ at, about: value })),
      ),
    says: "a network with thousands of addresses passes for the carrier",
    instead: "match = the carrier's own addresses, one line each",
  },
  {
    ...{ name: "sip-identify-header", level: "fault", source },
    find: (all) =>
      sipOf(all, "identify").flatMap(({ section }) =>
        wrongIn(section, ["match_header", "match_request_uri"], () => true),
      ),
    says: "the carrier is known by a header, which anybody can write",
    instead: "match = the carrier's addresses",
  },
  {
    ...{
      name: "sip-identify-nobody",
      level: "fault",
      source: "Asterisk, pjsip.conf.sample",
      find: identifyNobody,
    },
    says: "these addresses belong to an endpoint that is not there, so the carrier's calls are refused",
    instead: "endpoint = the name of a section of type = endpoint",
  },
  {
    ...{ name: "sip-unguarded", level: "fault", source, find: unguarded },
    says: "nothing says who this endpoint is: neither addresses nor a password",
    instead: "a section of type = identify with endpoint = its name and match = its addresses",
  },
  {
    ...{ name: "sip-password", level: "fault", source },
    find: (all) =>
      sipOf(all, "auth")
        .filter(({ section }) => !settingOf(section, "md5_cred", "password_digest"))
        .flatMap(({ section }) => weakPassword(section, "password", settingOf(section, "username")?.value)),
    says: "the password is missing, short, known or like the user's name; its holder rings at our cost",
    instead: "24 random letters and digits at least, in site.conf",
  },
  {
    ...{ name: "sip-transfer", level: "fault", source },
    find: inEach((section) => wrongOrAbsentIn(section, "allow_transfer", says.notNo)),
    says: "the far end may pass calls on by REFER to whom it likes, at our cost; without the line it may",
    instead: "allow_transfer = no",
  },
  {
    ...{ name: "sip-subscribe", level: "fault", source },
    find: inEach((section) => wrongOrAbsentIn(section, "allow_subscribe", says.notNo)),
    says: "the far end may ask who is on the line; without the line it may",
    instead: "allow_subscribe = no",
  },
  {
    ...{ name: "sip-messages", level: "fault", source: `${source}; CVE-2025-47779` },
    find: inEach((section) => wrongIn(section, "message_context", (value) => value !== "")),
    says: "text messages are taken in, whose sender can be forged",
    instead: "delete the line",
  },
  {
    ...{ name: "sip-registration", level: "fault", source: "Asterisk, pjsip.conf.sample" },
    find: (all) =>
      sipOf(all, "aor").flatMap(({ section }) =>
        wrongIn(section, "max_contacts", (value) => Number(value) > 0),
      ),
    says: "somebody may register in the trunk's place and get its calls",
    instead: "delete max_contacts: the carrier's address stands in contact",
  },
  {
    ...{ name: "sip-context", level: "fault", source, find: lostContext },
    says: "its calls enter a context that is not in extensions.conf, or none is named",
    instead: "context = from-trunk",
  },
  {
    ...{ name: "sip-user-agent", level: "warning", source: "OWASP ASVS 5.0, 13.4" },
    find: (all) =>
      sipOf(all, "global").flatMap(({ section }) =>
        wrongOrAbsentIn(section, "user_agent", (value) => /asterisk|\d+\.\d+/i.test(value)),
      ),
    says: "each message tells Asterisk's version to whoever looks for holes in it",
    instead: "user_agent = Hearback",
  },
  {
    ...{ name: "sip-debug", level: "fault", source: "nothing of patients in logs" },
    find: (all) =>
      sipOf(all, "global").flatMap(({ section }) => wrongIn(section, "debug", (value) => !says.no(value))),
    says: "SIP messages are logged with the numbers that are called",
    instead: "debug = no",
  },
  {
    ...{ name: "sip-redirect", level: "fault", source: "Asterisk, pjsip.conf.sample; RELIABILITY.md 3.3" },
    find: inEach((section) => wrongIn(section, "redirect_method", (value) => /^uri_pjsip$/i.test(value))),
    says: "who answers with another address (302) makes Asterisk ring that by itself, past Hearback",
    instead: "delete the line",
  },
  {
    ...{ name: "sip-transport-reload", level: "warning", source: "Asterisk, pjsip.conf.sample" },
    find: (all) => transports(all).flatMap(({ section }) => wrongIn(section, "allow_reload", says.yes)),
    says: "when Asterisk reads its files again, the calls on this transport may be dropped",
    instead: "delete the line; change a transport while nobody is on the line, and restart Asterisk",
  },
  {
    ...{ name: "sip-browser", level: "fault", source },
    find: (all) => [
      ...transports(all).flatMap(({ section }) =>
        wrongIn(section, "protocol", (value) => /^wss?$/i.test(value)),
      ),
      ...endpoints(all).flatMap((section) => wrongIn(section, ["webrtc", "ice_support"], says.yes)),
    ],
    says: "browsers may call by websockets, which no carrier does",
    instead: "delete it",
  },
];

/** A list that lets strangers in has a rule of its own. */
function noAddresses(all: Configuration): Found[] {
  const lists = sipOf(all, "acl");
  if (lists.some(({ section }) => section.open || aclOf(all, section).length > 0)) return [];
  return transports(all).flatMap(({ section, name }) => {
    const bind = settingOf(section, "bind");
    return bind && isLoopback(bind.value) ? [] : [{ at: bind?.at ?? section.at, about: bind?.value ?? name }];
  });
}

function anonymous(all: Configuration): Found[] {
  const named = sipOf(all, "endpoint").filter(({ name }) => /^anonymous(?:@|$)/i.test(name));
  const order = sipOf(all, "global").flatMap(({ section }) =>
    wrongIn(section, "endpoint_identifier_order", (value) => /anonymous/i.test(value)),
  );
  return [...named.map(({ section, name }) => ({ at: section.at, about: name })), ...order];
}

function knownByName(all: Configuration): Found[] {
  const byName = (value: string) => /username|header|request_uri/i.test(value);
  const global = sipOf(all, "global").flatMap(({ section }) =>
    wrongOrAbsentIn(section, "endpoint_identifier_order", byName),
  );
  return [...global, ...inEach((section) => wrongIn(section, "identify_by", byName))(all)];
}

function identifyNobody(all: Configuration): Found[] {
  const known = new Set(sipOf(all, "endpoint").map(({ name }) => name));
  return sipOf(all, "identify").flatMap(({ section }) =>
    wrongOrAbsentIn(section, "endpoint", (value) => !known.has(value)),
  );
}

function unguarded(all: Configuration): Found[] {
  const identified = new Set(
    sipOf(all, "identify").map(({ section }) => settingOf(section, "endpoint")?.value),
  );
  return sipOf(all, "endpoint")
    .filter(({ section, name }) => !identified.has(name) && !settingOf(section, "auth") && !section.open)
    .filter(({ name }) => !/^anonymous/i.test(name))
    .map(({ section, name }) => ({ at: section.at, about: name }));
}

function lostContext(all: Configuration): Found[] {
  if (!all.confs.has("extensions.conf")) return [];
  const contexts = new Set(all.dialplan.map(({ name }) => name));
  return inEach((section) => wrongOrAbsentIn(section, "context", (value) => !contexts.has(value)))(all);
}

export { endpoints, inEach };
