import type { Act } from "./act.ts";
import type { Person } from "./person.ts";
import type { Ringer } from "./ringer.ts";

/** Silence after which a question is over: longer than any pause inside our prompts. */
const questionOverMs = 1_300;
/** Our voice, and not the tail of a prompt that a key has just cut off. */
export const voiceMs = 250;
const longestHearSeconds = 90;
/** Two files of the same length, so that what is heard can be timed by what is said. */
const monitorLine = (() => {
  const file = (what: string) => `\${ASTSPOOLDIR}/monitor/${what}-\${EXTEN:-6}-\${UNIQUEID}.wav`;
  return `MixMonitor(${file("both")},r(${file("heard")})t(${file("said")}))`;
})();

/**
 * The carrier's extensions.conf: each person is an extension, their acts its lines. A second call to the same number
 * runs the second script, and so on; the last one stays.
 */
export function peopleDialplan(people: readonly Person[], crowd: readonly CrowdPattern[] = []): string {
  return [
    "[people]",
    ...people.flatMap((person) => extension(person.number, person.calls)),
    ...crowd.flatMap(({ pattern, acts, before }) => extension(pattern, [acts], before)),
    "; nobody has this number",
    "exten => _[+0-9]!,1,Hangup(1)",
    "",
  ].join("\n");
}

/**
 * Two contexts more: those who ring us dial in the one, and act in the other once they are answered.
 * @param rung the number of ours that they dial, E.164
 */
export function ringersDialplan(ringers: readonly Ringer[], rung: string): string {
  const dial = ({ id, from }: Ringer) => [
    `exten => ${id},1,Set(CALLERID(num)=${from ?? "anonymous"})`,
    ` same => n,Set(CALLERID(pres)=${from ? "allowed" : "prohib"})`,
    ` same => n,Dial(PJSIP/${rung}@trunk,60)`,
    ` same => n,Log(NOTICE,${id} was told \${DIALSTATUS})`,
  ];
  const act = ({ id, acts }: Ringer) => extension(id, [acts]);
  return ["[ring-us]", ...ringers.flatMap(dial), "", "[ringers]", ...ringers.flatMap(act), ""].join("\n");
}

/** Many people by one pattern, for load; `before` are dialplan lines that set variables their acts use. */
export interface CrowdPattern {
  pattern: string;
  acts: Act[];
  before?: string[];
}

function extension(number: string, calls: readonly Act[][], before: string[] = []): string[] {
  const counter = `CALLS_${number.replace(/[^0-9]/g, "")}`;
  const many = calls.length > 1;
  const count = many ? [`Set(GLOBAL(${counter})=$[0\${${counter}} + 1])`] : [];
  const jumps = many
    ? calls.slice(0, -1).map((_, index) => `GotoIf($[\${${counter}} = ${index + 1}]?call${index + 1})`)
    : [];
  const toLast = many ? [`Goto(call${calls.length})`] : [];
  // A line in the carrier's log at once, so that no crash can hide that a telephone rang; SIP's Call-ID is one INVITE's.
  const lines = [
    `Log(NOTICE,the telephone of \${EXTEN} rings: \${CHANNEL(pjsip,call-id)})`,
    ...before,
    ...count,
    ...jumps,
    ...toLast,
  ];
  const scripts = calls.flatMap((acts, index) =>
    labelled(many ? `call${index + 1}` : null, acts.flatMap(application)),
  );
  return [
    ...lines.map((line, index) => (index === 0 ? `exten => ${number},1,${line}` : ` same => n,${line}`)),
    ...scripts,
  ];
}

function labelled(label: string | null, applications: string[]): string[] {
  // A person who has done all they do stays on the line until we hang up.
  return [...applications, "Wait(120)", "Hangup()"].map((line, index) =>
    index === 0 && label ? ` same => n(${label}),${line}` : ` same => n,${line}`,
  );
}

function application(act: Act): string[] {
  switch (act.kind) {
    case "ring":
      return ["Ringing()", `Wait(${act.seconds})`];
    case "answer":
      return ["Answer()"];
    case "hear":
      return [
        `WaitForNoise(${voiceMs},1,${longestHearSeconds})`,
        ...(act.seconds > 0 ? [`Wait(${act.seconds})`] : []),
      ];
    case "hear-out":
      return [
        `WaitForNoise(${voiceMs},1,${longestHearSeconds})`,
        `WaitForSilence(${questionOverMs},1,${longestHearSeconds})`,
      ];
    case "wait":
      return [`Wait(${act.seconds})`];
    case "press":
      return [`SendDTMF(${act.keys},${act.gapMs ?? 250},120)`];
    case "say":
      return [`Playback(people/${act.sound},noanswer)`];
    case "keep-message":
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
      return ["Record(${ASTSPOOLDIR}/monitor/message-${EXTEN:-6}-${UNIQUEID}.wav,0,60,kq)"];
    case "monitor":
      return [monitorLine];
    case "note":
      return [`Log(NOTICE,\${EXTEN} ${act.text})`];
    case "hang-up":
      return ["Hangup()"];
    case "refuse":
      return act.cause === 17 ? ["Busy(1)"] : act.cause === 34 ? ["Congestion(1)"] : [`Hangup(${act.cause})`];
  }
}
