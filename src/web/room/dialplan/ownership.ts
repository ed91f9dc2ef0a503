/** Whose each of Asterisk's files is, what it says, and how a change of it comes into force: as dialplans/README.md. */
export interface Ownership {
  says: string;
  /** Among the files that are the staff's to change; null: it is not one of them. */
  place: number | null;
  takes: "apply" | "restart-of-hearback" | "restart-of-asterisk";
}

const own: Record<string, Ownership> = {
  "hooks.conf": {
    says: "Your lines for calls that come in: before each enters Hearback, and after it has ended",
    place: 0,
    takes: "apply",
  },
  "trunks.conf": {
    says: "Which trunk our own calls go by, how numbers are written there, which number each trust shows",
    place: 1,
    takes: "restart-of-hearback",
  },
  "extensions.conf": {
    says: "The way in itself; leave it, unless you know why",
    place: 2,
    takes: "apply",
  },
};

const settings: Record<string, string> = {
  "pjsip.conf": "The trunk: SIP, codecs, keys, who may speak to us",
  "rtp.conf": "Speech: how it is guarded",
  "modules.conf": "Everything that Asterisk may load, by name",
  "ari.conf": "How Hearback drives calls",
  "http.conf": "How Hearback drives calls",
  "manager.conf": "Two narrow AMI users: one looks, one reloads",
  "cdr.conf": "A line for each call",
  "cel.conf": "A line for each event",
  "cel_custom.conf": "A line for each event",
  "prometheus.conf": "Numbers for the monitoring",
  "logger.conf": "What is logged",
  "indications.conf": "British tones",
  "asterisk.conf": "Habits of the whole program",
};

/** @param path of a file of a release, below asterisk/ */
export function ownership(path: string): Ownership {
  const name = path.slice("asterisk/".length);
  return own[name] ?? { says: settings[name] ?? "", place: null, takes: "restart-of-asterisk" };
}
