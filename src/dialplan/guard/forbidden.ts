/** Words that somebody might well write, each with what is wrong with it and what to do instead. */

export interface Danger {
  rule: string;
  what: string;
  instead: string;
}

const runsPrograms = (name: string): Danger => ({
  rule: "runs-programs",
  what: `${name} starts programs on this machine`,
  instead: "take it out: what has to be done outside the call is for Hearback to do, not for the dialplan",
});
const readsFiles = (name: string): Danger => ({
  rule: "reads-files",
  what: `${name} reads, writes or fetches files`,
  instead: "write what it would bring into this file, as SITE_NAME = value below [globals]",
});
const rings = (name: string): Danger => ({
  rule: "rings-numbers",
  what: `${name} rings numbers from the dialplan: whoever gets there telephones at your expense`,
  instead: "take it out: Hearback alone begins calls; a call goes to a person by a flow's transfer step",
});
const transfers = (name: string): Danger => ({
  rule: "transfers",
  what: `${name} hands a call on to where somebody on the line says`,
  instead: "take it out: a call goes to a person by a flow's transfer step, to targets in your own list",
});
const evaluates = (name: string): Danger => ({
  rule: "runs-text",
  what: `${name} runs text as dialplan: nobody can say beforehand what that will be`,
  instead: "write out what is to be done, with GotoIf(...) where it depends",
});
const keeps = (name: string): Danger => ({
  rule: "keeps-values",
  what: `${name} keeps or reads values beyond the call`,
  instead: "use Set(SITE_NAME=value), which ends with its call, or SITE_NAME = value below [globals]",
});
const listens = (name: string): Danger => ({
  rule: "listens-in",
  what: `${name} lets somebody hear or keep a call`,
  instead: "take it out: only Hearback records, in its flows, and says so",
});
const reads = (name: string): Danger => ({
  rule: "reads-keys",
  what: `${name} waits for keys in the dialplan`,
  instead: "take it out: keys are asked for in a flow (dialplans/flows), where they are kept and tested",
});
const includes = (name: string): Danger => ({
  rule: "includes-contexts",
  what: `${name} opens other contexts to this one's callers`,
  instead: "send them there by name: Goto(context,extension,1) or Gosub(context,extension,1)",
});
const tells = (name: string): Danger => ({
  rule: "writes-logs",
  what: `${name} can write numbers and words of callers into a log`,
  instead: "use NoOp(...) while trying things out, and take it out afterwards",
});

const groups: [(name: string) => Danger, string][] = [
  [
    runsPrograms,
    "System TrySystem SHELL AGI EAGI DeadAGI AsyncAGI FastAGI ExternalIVR JACK MP3Player NBScat ICES " +
      "Festival Swift Lua LUA Perl Gosubshell UnixOdbc AELSub",
  ],
  [readsFiles, "CURL CURLOPT FILE FILE_COUNT_LINE FILE_FORMAT STAT ENV AST_CONFIG REALTIME SendURL HTTP"],
  [
    rings,
    "Dial Originate RetryDial Page Queue FollowMe Bridge BridgeAdd ChannelRedirect Park ParkAndAnnounce " +
      "ParkedCall DAHDIBarge SendImage SendText SendMail MessageSend Directory DISA ConfBridge MeetMe " +
      "Pickup PickupChan ForkCDR CallCompletionRequest",
  ],
  [transfers, "Transfer BlindTransfer AttendedTransfer Redirect Flash BridgeWait"],
  [
    evaluates,
    "EVAL Exec TryExec ExecIf ExecIfTime Macro MacroIf MacroExclusive MSet While EndWhile " +
      "PASSTHRU SET IF IFTIME IFMODULE RaiseException ImportVar EXPRESSION",
  ],
  [
    keeps,
    "DB DB_DELETE DB_EXISTS DB_KEYS DBdel DBdeltree ODBC ODBC_FETCH ODBCFinish GLOBAL SHARED AST_SORCERY " +
      "PRESENCE_STATE DEVICE_STATE LOCK TRYLOCK UNLOCK GROUP MASTER_CHANNEL EXTENSION_STATE HINT MESSAGE " +
      "MESSAGE_DATA SHARED_STATE STACK_PEEK IMPORT HASH",
  ],
  [
    listens,
    "ChanSpy ExtenSpy Record MixMonitor Monitor Dictate VoiceMail VoiceMailMain Whisper AUDIOHOOK_INHERIT",
  ],
  [
    reads,
    "Read ReadExten Background WaitExten WaitDigit Authenticate VMAuthenticate PrivacyManager SayUnixTime",
  ],
  [includes, "include switch lswitch eswitch"],
  [tells, "Log Verbose DumpChan UserEvent CELGenUserEvent"],
];

const byName = new Map(
  groups.flatMap(([tell, names]) =>
    names.split(" ").map((name) => [name.toLowerCase(), tell(name)] as const),
  ),
);
const families: [RegExp, (name: string) => Danger][] = [
  [/agi$/i, runsPrograms],
  [/^odbc/i, keeps],
  [/^(?:bridge|page|dial)/i, rings],
  [/transfer/i, transfers],
];

/** Null for a word that is only not known. */
export function dangerOf(name: string): Danger | null {
  const known = byName.get(name.toLowerCase());
  if (known) return known;
  return families.find(([pattern]) => pattern.test(name))?.[1](name) ?? null;
}
