/** Alerts in words, for people; ids only. */
import type { AlertKind } from "./conditions.ts";
import type { Message } from "./decide.ts";

export interface AlertText {
  kind: AlertKind;
  event: Message["event"];
  title: string;
  text: string;
  /** Ids, or names of machines. */
  subjects: string[];
}

interface Words {
  raised: string;
  resolved: string;
  /** Of each subject. */
  what: string;
  remedy: string;
}

const words: Record<AlertKind, Words> = {
  "promise-broken": {
    raised: "A call that was promised to a patient was not made",
    resolved: "",
    what: "callback",
    remedy: "Have somebody ring the patient: the visit is that of the callback.",
  },
  "silent-call": {
    raised: "Somebody was on the line with us and heard nothing for two seconds",
    resolved: "",
    what: "call",
    remedy: "Look at the load and the sound folder of the Asterisk that had the call.",
  },
  "story-truncated": {
    raised: "A story was kept of which a part is missing",
    resolved: "",
    what: "story",
    remedy:
      "What is there can be heard. See whether the disk of the Asterisk that recorded it is full, or it crashed.",
  },
  "release-rolled-back": {
    raised: "A release was rolled back by itself",
    resolved: "",
    what: "release",
    remedy: "All new calls get the one before. `hearback release show` and the page Releases say why.",
  },
  "release-not-loaded": {
    raised: "A release cannot be used by an instance: its calls go on with the former one",
    resolved: "",
    what: "release",
    remedy: "See its log, and whether it can write into the sounds folder of each Asterisk.",
  },
  "node-deaf": {
    raised: "An Asterisk cannot be reached",
    resolved: "The Asterisk is reached again",
    what: "node",
    remedy: "No calls are made there. See whether it runs, and `hearback doctor`.",
  },
  "node-full": {
    raised: "All lines have been in use for more than a minute",
    resolved: "There are free lines again",
    what: "node",
    remedy:
      "Callbacks may come late. Lower the campaigns' calls, or raise HEARBACK_MAX_CALLS if the trunk has more.",
  },
  "node-refused": {
    raised: "An Asterisk is not used: it has the same entityid, or the same name, as another",
    resolved: "The Asterisk is used again",
    what: "node",
    remedy: "Give each Asterisk an entityid of its own in asterisk.conf, and each node a name of its own.",
  },
  "words-late": {
    raised: "Stories have waited too long for their words",
    resolved: "Stories get their words again",
    what: "",
    remedy: "The audio is safe. See whether the speech engine answers.",
  },
  "promise-late": {
    raised: "Promised calls are late",
    resolved: "Promised calls are in time again",
    what: "",
    remedy: "See whether the campaign runs, inside its hours, and has free lines.",
  },
  "trunk-refuses": {
    raised: "The trunk refuses calls: fewer are dialled",
    resolved: "The trunk takes calls again",
    what: "",
    remedy: "It is slowed by itself, and asked again bit by bit. If it lasts, ask the carrier.",
  },
  "cap-reached": {
    raised: "A campaign makes no more calls today: a cap was reached",
    resolved: "Campaigns make calls again: the day of the cap is over",
    what: "",
    remedy: "If that is too early, look for what rings so often before you raise the cap.",
  },
  "campaign-damaged": {
    raised: "The settings of a running campaign cannot be read: it makes no calls",
    resolved: "The settings of all running campaigns can be read again",
    what: "",
    remedy: "The log says what is wrong with them. The other campaigns go on.",
  },
  "disk-low": {
    raised: "There is too little room for stories",
    resolved: "There is room for stories again",
    what: "machine",
    remedy: "Make room where HEARBACK_STORY_FOLDER lies.",
  },
  "urgent-untaken": {
    raised: "A story was flagged as urgent, and nobody has taken it for half an hour",
    resolved: "Every urgent story has somebody who acts on it",
    what: "",
    remedy: "Open the page Urgent in the listening room, and choose “I take this”.",
  },
  "canary-waits": {
    raised: "A new release has been on trial for more than a working day",
    resolved: "No release is on trial any more",
    what: "",
    remedy:
      "Look at its figures on the page Releases: give it to all calls, or roll it back. By itself it goes on when it has had its calls; campaigns with a release of their own give it none.",
  },
  "clock-apart": {
    raised: "A clock is wrong: no call is dialled",
    resolved: "The clocks agree again: calls are dialled",
    what: "machine",
    remedy: "Set both clocks by NTP.",
  },
};

/** More than these are counted, not named. */
const mostNamed = 20;

export function wording({ kind, event, about }: Message): AlertText {
  const { raised, resolved, what, remedy } = words[kind];
  const lines = about.slice(0, mostNamed).map(({ subject, detail, since }) => {
    const named = [what, subject].filter((part) => part !== "").join(" ");
    const facts = event === "resolved" ? [named] : [named, detail];
    const said = facts.filter((part) => part !== "").join(": ");
    return `${said || "it was so"}${said ? ", " : " "}since ${since.toISOString()}`;
  });
  if (about.length > mostNamed) lines.push(`and ${about.length - mostNamed} more`);
  const title = event === "resolved" ? resolved : event === "repeated" ? `Still: ${raised}` : raised;
  const text = [...lines, ...(event === "resolved" ? [] : [remedy])].join("\n");
  return {
    kind,
    event,
    title,
    text,
    subjects: about.map(({ subject }) => subject).filter((one) => one !== ""),
  };
}
