/** Honest configurations of other sites, at which no rule may cry out. */
import { siteTexts, type Texts } from "./asterisk-files.ts";

const replaced = (texts: Texts, file: string, ...changes: [string, string][]): Texts => {
  let text = texts[file]!;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
    text = text.replaceAll(from, to);
  }
  return { ...texts, [file]: text };
};

/** A carrier that speaks TLS and encrypts speech, as dialplans/asterisk/README.md tells. */
function tlsCarrier(): Texts {
  const texts = replaced(
    siteTexts(),
    "site.conf",
    ["bind = 127.0.0.1:15060", "bind = 192.0.2.10:5060"],
    ["permit = 127.0.0.1/32", "permit = 203.0.113.0/28"],
    ["media_address = 127.0.0.1", "media_address = 192.0.2.10\nmedia_encryption = sdes"],
    ["transport = udp", "transport = tls"],
    ["contact = sip:127.0.0.1:16060", "contact = sip:sip.carrier.example:5061\\;transport=tls"],
    ["match = 127.0.0.1", "match = 203.0.113.0/28"],
    ["rtpstart = 10020\nrtpend = 10499", "rtpstart = 12000\nrtpend = 13999"],
  );
  return {
    ...texts,
    "pjsip-site.conf": `[tls]
type = transport
protocol = tls
method = tlsv1_2
bind = 0.0.0.0:5061
cert_file = /etc/asterisk/keys/our.pem
priv_key_file = /etc/asterisk/keys/our-key.pem
ca_list_file = /etc/ssl/certs/ca-certificates.crt
verify_server = yes
`,
  };
}

/** Hearback on two machines of their own, by TLS and with lists of addresses. */
function elsewhere(): Texts {
  const served = (port: number) => `tlsenable = yes
tlsbindaddr = 10.1.2.3:${port}
tlscertfile = /etc/asterisk/keys/our.pem
tlsprivatekey = /etc/asterisk/keys/our-key.pem`;
  return replaced(
    siteTexts(),
    "site.conf",
    ["bindport = 18088", `bindport = 8088\n${served(8089)}`],
    ["port = 15038", `port = 5038\n${served(5039)}`],
    [
      "permit = 127.0.0.1/255.255.255.255",
      "permit = 10.1.2.4/255.255.255.255\npermit = 10.1.2.5/255.255.255.255",
    ],
  );
}

/** Two carriers; the second, from a network of mu-law, knows us by a password as well. */
function twoTrunks(): Texts {
  const texts = replaced(
    siteTexts(),
    "site.conf",
    ["permit = 127.0.0.1/32", "permit = 203.0.113.17/32,203.0.113.18/32\npermit = 198.18.7.0/29"],
    ["match = 127.0.0.1", "match = 203.0.113.17,203.0.113.18"],
  );
  return {
    ...texts,
    "pjsip.conf": `${texts["pjsip.conf"]}
[second](trunk-endpoint-site)
type = endpoint
context = from-trunk
aors = second
identify_by = ip
outbound_auth = second
disallow = all
allow = ulaw,alaw
dtmf_mode = rfc4733
direct_media = no
rtp_timeout = 20
timers = no
allow_transfer = no
allow_subscribe = no

[second]
type = aor
contact = sip:198.18.7.2:5060
qualify_frequency = 60

[second]
type = auth
auth_type = userpass
username = trust-4711
password = Wq8Zt3Lm6Xk1Vn9Rb4Jc7Hd2

[second]
type = identify
endpoint = second
match = 198.18.7.0/29
`,
  };
}

/** As prompts/README.md and dialplans/asterisk/README.md tell. */
const wideband = (): Texts =>
  replaced(
    replaced(siteTexts(), "pjsip.conf", ["allow = alaw,ulaw\n", "allow = alaw,ulaw,g722\n"]),
    "modules.conf",
    [";require = codec_g722.so", "require = codec_g722.so"],
    [";require = codec_resample.so", "require = codec_resample.so"],
  );

/** The same things said in other words, as other hands write them, saved on Windows. */
function otherHand(): Texts {
  let texts = siteTexts();
  const write = (file: string, ...changes: [string, string][]) => (texts = replaced(texts, file, ...changes));
  write("pjsip.conf", ["disallow = all\nallow = alaw,ulaw\n", "allow = !all,alaw, ulaw\n"]);
  write(
    "pjsip.conf",
    ["dtmf_mode = rfc4733", "dtmf_mode=RFC4733"],
    ["direct_media = no", "direct_media=false"],
  );
  write("cel.conf", ["events = CHAN_START,ANSWER,HANGUP,CHAN_END,LINKEDID_END", "events = ALL"]);
  write("cel.conf", ["dateformat = %s.%6q", "dateformat = %s.%3q"]);
  write("cdr.conf", ["loguserfield = no", "loguserfield = yes"], ["unanswered = yes", "unanswered=on"]);
  write("cdr.conf", ["enable = yes", "enable = 1\nbatch = no"]);
  write("logger.conf", ["[logfiles]", "rotatestrategy = rotate\n[logfiles]\nsyslog.local0 => warning,error"]);
  write("modules.conf", ["autoload = no", "autoload=no\nnoload => app_system.so\nnoload => chan_sip.so"]);
  write("manager.conf", ["[general]", "[General]"], ["webenabled = no", "webenabled = n"]);
  write(
    "asterisk.conf",
    ["verbose = 0\n", ""],
    ["dontwarn = yes\n", "runuser = asterisk\nsystemname = north\n"],
  );
  write("site.conf", ["bindport = 18088", "bindport = 18088\ntlsenable = no"]);
  write("site.conf", [
    "deny = 0.0.0.0/0\npermit = 127.0.0.1/32",
    "deny = 0.0.0.0/0,::/0\npermit = 127.0.0.1/255.255.255.255,::1/128",
  ]);
  write("site.conf", ["deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1/255.255.255.255", "acl = hearback"]);
  texts["acl.conf"] = "[hearback]\ndeny = 0.0.0.0/0\npermit = 127.0.0.1\n";
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, text.replaceAll("\n", "\r\n")]),
  );
}

export const variants: Record<string, () => Texts> = {
  "a carrier with TLS and SRTP": tlsCarrier,
  "Hearback on other machines, with TLS and addresses": elsewhere,
  "two trunks, one with mu-law and a password": twoTrunks,
  "wideband after A-law": wideband,
  "other words for the same, saved on Windows": otherHand,
};
