/** The ways that a call can take through the dialplan, walked beforehand: all targets are written out, so all are known. */
import type { Fault } from "#lib/fault.ts";
import { targetsOf } from "./applications.ts";
import { type Dialplan, findTarget, type Priority, type Target } from "./dialplan.ts";
import { faultAt } from "./faults.ts";

/** How a walk came to a line. */
interface Coming {
  /** The call's length is limited from here on. */
  limited: boolean;
  /** It will come back from here by Return(). */
  called: boolean;
}

interface Walk {
  dialplan: Dialplan;
  faults: Map<string, Fault>;
  seen: Set<string>;
  entered: boolean;
}

const ends = new Set(["hangup", "busy", "congestion"]);

/** A call that begins here. @returns what can go wrong on its ways */
export function wayFaults(
  dialplan: Dialplan,
  start: Priority,
  { mustEnter }: { mustEnter: boolean },
): Fault[] {
  const walk: Walk = { dialplan, faults: new Map(), seen: new Set(), entered: false };
  follow(walk, start, { limited: false, called: false }, []);
  const faults = [...walk.faults.values()];
  if (!mustEnter || walk.entered || faults.length > 0) return faults;
  const what = `a call to ${start.context},${start.extension} never enters Hearback`;
  return [faultAt(start.at, "never-enters", what, "let it end with Goto(hearback,inbound,1)")];
}

/** A hangup handler: Asterisk calls it by itself. */
export function subroutineFaults(dialplan: Dialplan, start: Priority): Fault[] {
  const walk: Walk = { dialplan, faults: new Map(), seen: new Set(), entered: false };
  follow(walk, start, { limited: true, called: true }, []);
  return [...walk.faults.values()];
}

function follow(walk: Walk, priority: Priority, coming: Coming, way: readonly Priority[]): void {
  if (way.includes(priority)) {
    tell(walk, priority, "endless", "a call that comes here can come here again, and again", {
      instead: "let every way lead on: no line may be reached a second time by one call",
    });
    return;
  }
  const key = `${priority.at.file}:${priority.at.line}:${coming.limited}:${coming.called}`;
  if (walk.seen.has(key)) return;
  walk.seen.add(key);
  const kind = priority.application.toLowerCase();
  const onward = [...way, priority];
  if (kind === "return") {
    returned(walk, priority, coming);
    return;
  }
  if (kind === "stasis") entered(walk, priority, coming);
  const limited = coming.limited || /^TIMEOUT\(absolute\)=/.test(priority.data);
  const { jumps, subroutines } = targetsOf(priority);
  for (const target of subroutines) step(walk, target, { limited, called: true }, onward);
  for (const target of jumps) step(walk, target, { limited, called: coming.called }, onward);
  if (ends.has(kind) || kind === "goto") return;
  const next = nextOf(walk.dialplan, priority);
  if (next) follow(walk, next, { limited, called: coming.called }, onward);
  else if (coming.called)
    tell(walk, priority, "no-return", "a subroutine ends here without a word, and the call with it", {
      instead: "write Return() behind it, or Hangup() where the call is to end",
    });
}

function step(walk: Walk, target: Target, coming: Coming, way: readonly Priority[]): void {
  const found = findTarget(walk.dialplan, target);
  if (found) follow(walk, found, coming, way);
}

function returned(walk: Walk, priority: Priority, { called }: Coming): void {
  if (called) return;
  tell(walk, priority, "no-gosub", "Return() without a Gosub() that came here: the call would be cut off", {
    instead: "write Goto(...) to where it is to go on, or come here by Gosub(...)",
  });
}

function entered(walk: Walk, priority: Priority, { limited, called }: Coming): void {
  walk.entered = true;
  if (called)
    tell(walk, priority, "stasis", "a call enters Hearback inside a subroutine", {
      instead: "come here by Goto(hearback,inbound,1)",
    });
  if (limited) return;
  tell(walk, priority, "no-timeout", "a call can come here that may go on for ever", {
    instead: "write Set(TIMEOUT(absolute)=900) before it",
  });
}

function nextOf({ contexts }: Dialplan, { context, extension, number }: Priority): Priority | undefined {
  return contexts
    .get(context)
    ?.get(extension)
    ?.find((each) => each.number === number + 1);
}

function tell(
  walk: Walk,
  { at }: Priority,
  rule: string,
  what: string,
  { instead }: { instead: string },
): void {
  walk.faults.set(`${at.file}:${at.line}:${rule}`, faultAt(at, rule, what, instead));
}
