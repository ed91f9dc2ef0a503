// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
import { describe, expect, it } from "vitest";
import { checkDialplan } from "#dialplan/guard/check-dialplan.ts";
import { tellFault } from "#lib/fault.ts";
import { before, filesWith, shippedFiles, shippedText } from "./dialplan-files.ts";

const told = (files: Parameters<typeof checkDialplan>[0]) =>
  checkDialplan(files).map(({ file, line, rule }) => `${file.replace("asterisk/", "")}:${line} ${rule}`);
const ofHook = (...lines: string[]) => told(filesWith({ "hooks.conf": before(...lines) }));
const edited = (name: string, from: string | RegExp, to: string) => {
  const text = shippedText(name);
  expect(text).toMatch(from);
  return told(filesWith({ [name]: text.replace(from, to) }));
};

it("lets the shipped dialplan through", () => {
  expect(checkDialplan(shippedFiles()).map(tellFault)).toEqual([]);
});

it("has nothing to say about files without a dialplan", () => {
  expect(checkDialplan(new Map([["flows/fft.yaml", new Uint8Array()]]))).toEqual([]);
});

it("lets the examples of hooks.conf through once their semicolons are gone", () => {
  const text = shippedText("hooks.conf").replace(/^;same/gm, " same");
  expect(text.match(/^ same => n,(?:Set|GotoIf)/gm)!.length).toBeGreaterThan(3);
  expect(checkDialplan(filesWith({ "hooks.conf": text })).map(tellFault)).toEqual([]);
});

describe("an honest hook passes", () => {
  it.each([
    [" same => n,Set(HEARBACK_RUNG=+44${HEARBACK_RUNG:1})"],
    [
      ' same => n,GotoIf($["${FILTER(+0-9,${CALLERID(num)})}" = "+441632960199"]?no)',
      " same => n,Goto(yes)",
      " same => n(no),Hangup(21)",
      " same => n(yes),NoOp()",
    ],
    [
      " same => n,GotoIfTime(18:00-08:00,*,*,*?closed)",
      " same => n,Return()",
      " same => n(closed),Playback(hearback/en-GB/apology)",
      " same => n,Hangup()",
    ],
    [" same => n,Set(CHANNEL(language)=cy)", " same => n,Set(SITE_WHEN=${STRFTIME(,Europe/London,%H)})"],
    [" same => n,Set(CDR(accountcode)=northfield)", " same => n,Wait(0.5)"],
    [" SAME => n,nOoP(whatever) ; this is a comment: \\ é", " same => n,NoOp"],
    [
      " same => n,Set(SITE_CALLER=${FILTER(0-9,${CALLERID(num)})})",
      ' same => n,GotoIf($[("${SITE_CALLER:0:2}" = "00") | (${LEN(${SITE_CALLER})} < 5)]?abroad:near)',
      " same => n(abroad),Set(CDR(userfield)=from abroad (or hidden?))",
      " same => n(near),Set(SITE_NOTE=rung at ${STRFTIME(,Europe/London,%H:%M)}, ward 7)",
    ],
    [
      ' same => n,GosubIf($["${SITE_NIGHT}" = "1"]?at-night,s,1(north wing):by-day,s,1)',
      " same => n,Return()",
      "[at-night]",
      "exten => s,1,NoOp(${ARG1})",
      " same => n,Return()",
      "[by-day]",
      "exten => s,1,NoOp()",
    ],
  ])("%s", (...lines) => {
    expect(ofHook(...lines)).toEqual([]);
  });
});

describe("what is dangerous is refused, with its line", () => {
  it.each([
    [" same => n,System(id)", "runs-programs"],
    [" same => n,TrySystem(id)", "runs-programs"],
    [" same => n,AGI(x.sh)", "runs-programs"],
    [" same => n,EAGI(x.sh)", "runs-programs"],
    [" same => n,DeadAGI(x.sh)", "runs-programs"],
    [" same => n,AGI(agi://127.0.0.1/x)", "runs-programs"],
    [" same => n,AGI(agi:async)", "runs-programs"],
    [" same => n,ExternalIVR(/bin/sh)", "runs-programs"],
    [" same => n,JACK()", "runs-programs"],
    [" same => n,MP3Player(http://x/y)", "runs-programs"],
    [" same => n,Set(SITE_X=${SHELL(id)})", "runs-programs"],
    [" same => n,Set(SITE_X=${CURL(http://127.0.0.1)})", "reads-files"],
    [" same => n,Set(SITE_X=${FILE(/etc/passwd)})", "reads-files"],
    [" same => n,Set(FILE(/tmp/x)=y)", "reads-files"],
    [" same => n,Set(SITE_X=${ENV(HOME)})", "reads-files"],
    [" same => n,Set(SITE_X=${AST_CONFIG(ari.conf,hearback,password)})", "reads-files"],
    [" same => n,Dial(PJSIP/07700900123@trunk,20,tT)", "rings-numbers"],
    [" same => n,Dial(Local/s@from-trunk)", "rings-numbers"],
    [" same => n,Originate(PJSIP/trunk,exten,hearback,inbound,1)", "rings-numbers"],
    [" same => n,Page(PJSIP/a&PJSIP/b)", "rings-numbers"],
    [" same => n,Queue(staff)", "rings-numbers"],
    [" same => n,DISA(no-password)", "rings-numbers"],
    [" same => n,FollowMe(ward)", "rings-numbers"],
    [" same => n,Transfer(07700900123)", "transfers"],
    [" same => n,BlindTransfer(07700900123,x)", "transfers"],
    [" same => n,Set(SITE_X=${EVAL(${SITE_Y})})", "runs-text"],
    [" same => n,Exec(${SITE_X})", "runs-text"],
    [" same => n,TryExec(NoOp())", "runs-text"],
    [" same => n,ExecIf($[1]?System:id)", "runs-text"],
    [" same => n,ExecIfTime(*,*,*,*?System(id))", "runs-text"],
    [" same => n,Macro(x)", "runs-text"],
    [" same => n,MSet(SITE_A=1,SITE_B=2)", "runs-text"],
    [" same => n,While($[1])", "runs-text"],
    [" same => n,Set(DB(a/b)=c)", "keeps-values"],
    [" same => n,Set(SITE_X=${DB(a/b)})", "keeps-values"],
    [" same => n,Set(ODBC_CALLERS(1)=2)", "keeps-values"],
    [" same => n,Set(SITE_X=${ODBC_CALLERS(1)})", "keeps-values"],
    [" same => n,Set(GLOBAL(X)=1)", "keeps-values"],
    [" same => n,Set(SHARED(X,PJSIP/trunk)=1)", "keeps-values"],
    [" same => n,ChanSpy(PJSIP)", "listens-in"],
    [" same => n,MixMonitor(a.wav,,id)", "listens-in"],
    [" same => n,Record(a.wav)", "listens-in"],
    [" same => n,Read(SITE_X,hearback/en-GB/apology)", "reads-keys"],
    [" same => n,BackGround(hearback/en-GB/apology)", "reads-keys"],
    [" same => n,WaitExten(5)", "reads-keys"],
    [" same => n,Verbose(1,${CALLERID(num)})", "writes-logs"],
    [" same => n,Log(NOTICE,x)", "writes-logs"],
    [" same => n,Frobnicate(1)", "unknown-application"],
    [" same => n,Set(SITE_X=${FROB(1)})", "unknown-function"],
    [" same => n,Set(CHANNEL(language)=${SITE_X})", "variable-name"],
    [" same => n,Set(TIMEOUT(absolute)=0)", "no-timeout"],
    [" same => n,Set(TIMEOUT(absolute)=)", "no-timeout"],
    [" same => n,Set(TIMEOUT(absolute)=99999)", "no-timeout"],
    [" same => n,Set(CDR_PROP(disable)=1)", "variable-name"],
    [" same => n,Set(__TRANSFER_CONTEXT=from-trunk)", "transfers"],
    [" same => n,Set(PJSIP_HEADER(add,X)=y)", "variable-name"],
    [" same => n,Stasis(hearback,inbound,${HEARBACK_RUNG})", "stasis"],
    [" same => n,Goto(hearback-heartbeat,beat,1)", "heartbeat"],
    [" same => n,Goto(nowhere,s,1)", "unknown-target"],
    [" same => n,Playback(/etc/passwd)", "sound"],
    [" same => n,Playback(hearback/../../x)", "sound"],
    [" same => n,Playback(http://127.0.0.1/x)", "sound"],
    [" same => n,Playback(${SITE_X})", "sound"],
    [" same => n,Playback(hearback/en-GB/no-such-prompt)", "missing-prompt"],
    [" same => n,Busy()", "arguments"],
  ])("%s", (line, rule) => {
    expect(ofHook(line)).toEqual([`hooks.conf:3 ${rule}`]);
  });
});

describe("what is written in another way is refused all the same", () => {
  it.each([
    [" same => n,sYSTEM(id)", "runs-programs"],
    [" same => n, System (id)", "runs-programs"],
    ["same=>n,System(id)", "runs-programs"],
    [" same = n,System(id)", "runs-programs"],
    ["exten => t,1,System(id)", "special-extension"],
    ["exten => h,1,System(id)", "special-extension"],
    ["exten => s,n(label),System(id)", "runs-programs"],
    ["exten => s,hint,Local/s@from-trunk", "priority"],
    ["exten => s,n+5,System(id)", "priority"],
    ["exten => s,${SITE_X},NoOp()", "priority"],
    ["exten => ${SHELL(id)},1,NoOp()", "runs-text"],
    ["exten => _.,1,${SITE_APP}(x)", "wild-extension"],
    ["exten => _!,1,NoOp()", "wild-extension"],
    ["exten => _X.,1,${SITE_APP}(x)", "runs-text"],
    ["exten => s/07700900123,1,NoOp()", "extension"],
    [" same => n,System,id", "runs-programs"],
    [" same => n,System|id", "line-shape"],
    [" same => n,${SITE_APP}(id)", "runs-text"],
    [" same => n,${SHELL(id)}", "runs-text"],
    [" same => n,Set(SITE_X=${${SITE_Y}})", "runs-text"],
    [" same => n,Set(SITE_X=${SITE_${SITE_Y}})", "runs-text"],
    [" same => n,Set(SITE_X=${${SITE_Y}(id)})", "runs-text"],
    [" same => n,Set(SITE_X=${FILTER(0-9,${SHELL(id)})})", "runs-programs"],
    [" same => n,Set(SITE_X=${LEN(${LEN(${SHELL(id)})})})", "runs-programs"],
    [" same => n,Set(SITE_X=$[${SHELL(id)}])", "runs-programs"],
    [" same => n,Set(SITE_X=$[SHELL(id)])", "runs-programs"],
    [' same => n,Set(SITE_X=$["a" = "b" | SHELL (id)])', "runs-programs"],
    [" same => n,NoOp(${SHELL(id)})", "runs-programs"],
    [" same => n,Hangup(${SHELL(id)})", "runs-programs"],
    [" same => n,Set(${SITE_X}=1)", "runs-text"],
    [" same => n,Set(${SHELL(id)}=1)", "runs-programs"],
    [" same => n,Set(SITE_X=${CALLERID(name)})", "unfiltered"],
    [" same => n,Set(SITE_X=${EXTEN})", "unfiltered"],
    [" same => n,Set(SITE_X=${EXTEN:2})", "unfiltered"],
    [' same => n,GotoIf($["${CALLERID(num)}" = "1"]?x)', "unfiltered"],
    [" same => n,Set(SITE_X=${FILTER(+-z,${EXTEN})})", "unknown-function"],
    [' same => n,Set(SITE_X=${FILTER("$(),${EXTEN})})', "unknown-function"],
    [" same => n,Set(SITE_X=${TRANSFER_CONTEXT})", "transfers"],
    [" same => n,Gosub(${SITE_X})", "open-target"],
    [" same => n,Gosub(before-inbound,${SITE_X},1)", "open-target"],
    [" same => n,Goto(${FILTER(0-9,${EXTEN})})", "open-target"],
    [" same => n,GotoIf(${SITE_X}?hearback,away,1)", "arguments"],
    [" same => n,GotoIf($[1]?${SITE_X})", "arguments"],
    [" same => n,Set(CHANNEL(hangup_handler_push)=${SITE_X})", "open-target"],
    [" same => n,Set(CHANNEL(hangup_handler_push)=x,s,1)", "unknown-target"],
    [" same => n,Set(SITE_X=${SITE_Y)", "line-shape"],
    [" same => n,Set(SITE_X=${FILTER(0-9,1)x})", "line-shape"],
    [" same => n,Syst\\;em(id)", "unclear"],
    [" same => n,NoOp(\\x53ystem)", "unclear"],
    [" same => n,NoOp() ;-- System(id) --;", "unclear"],
    [" same => n,NoOp(\u00A0)", "unclear"],
    [";-- a comment over lines", "unclear"],
    [` same => n,NoOp(${"x".repeat(9_000)})`, "line-too-long"],
    ["include => hearback", "includes-contexts"],
    ["include => hearback,9:00-17:00,mon-fri,*,*", "includes-contexts"],
    ["include => ${SHELL(id)}", "includes-contexts"],
    ["switch => Realtime/x@y", "includes-contexts"],
    ["lswitch => Loopback/12${EXTEN}@from-trunk", "includes-contexts"],
    ["eswitch => IAX2/x", "includes-contexts"],
    ["ignorepat => 9", "unknown-line"],
    ["SITE_X=1", "unknown-line"],
    ["#exec id", "runs-programs"],
    ['#EXEC "id"', "runs-programs"],
    ['#include "|id"', "runs-programs"],
    ['#include "/etc/asterisk/more.conf"', "include-outside"],
    ["#include ../more.conf", "include-outside"],
    ["#tryinclude <more.conf>", "include-outside"],
    ['#include "http.conf"', "include-outside"],
    ["#includ site.conf", "include-outside"],
    ["[more](hearback)", "template"],
    ["[more](!)", "template"],
    ["exten => s,1,NoOp()", "twice"],
  ])("%s", (line, rule) => {
    const found = ofHook(line);
    expect(found).toContain(`hooks.conf:3 ${rule}`);
  });
});

describe("what a condition holds, or a value brings, cannot do more than it says", () => {
  it.each([
    // Asterisk goes by the first question mark, and by the first of two targets.
    [" same => n,GotoIf($[1]?hearback,away,1:$[2]?done)", "arguments"],
    [" same => n,GotoIf($[1]?${SITE_TO}:$[2]?done)", "arguments"],
    [" same => n,GosubIf($[0]?before-inbound,s,1:$[1]?after-inbound,s,1)", "arguments"],
    [' same => n,GotoIf($["1?hearback,away,1:" = ""]?done)', "line-shape"],
    [" same => n,GotoIf($[1]${SITE_X}?done)", "arguments"],
    // What a variable brings is read as if it stood in the calculation.
    [" same => n,Set(SITE_X=$[${SITE_FN}(id)])", "runs-text"],
    [" same => n,Set(SITE_X=$[${SITE_FN} (id)])", "runs-text"],
    [" same => n,Set(SITE_X=$[SHE${SITE_FN}(id)])", "runs-text"],
    [" same => n,Set(SITE_X=$[${FILTER(A-Z,${CALLERID(name)})}(id)])", "runs-text"],
    [' same => n,Set(SITE_X=$["EVAL"(1)])', "runs-text"],
    [' same => n,Set(SITE_P=$["(" | 0])', "runs-text"],
    [' same => n,Set(SITE_X=$["${SITE_Y} = 1])', "line-shape"],
    [" same => n,Set(SITE_X=EVAL(1))", "variable-name"],
    [' same => n,Set(SITE_X=" | EVAL(1) | ")', "variable-name"],
    [" same => n,Set(SITE_X=1?again)", "variable-name"],
    [" same => n,Set(HEARBACK_RUNG=${SITE_A}(${SITE_B}))", "variable-name"],
    [" same => n,Set(SITE_X=${STRFTIME(,,EVAL(1))})", "unknown-function"],
  ])("%s", (line, rule) => {
    expect(ofHook(line, " same => n(done),NoOp()")).toContain(`hooks.conf:3 ${rule}`);
  });
});

describe("ways through it", () => {
  it.each([
    [["same => n(again),NoOp()", "same => n,Goto(again)"], "hooks.conf:3 endless"],
    [["same => n,Gosub(before-inbound,s,1)"], "hooks.conf:2 endless"],
    [["same => n,GotoIf($[1]?end:end)", "same => n,Return()", "same => n(end),NoOp()"], null],
    [
      [
        "same => n,GotoIf($[1]?end)",
        "same => n,Return()",
        "[other]",
        "exten => s,1,Return()",
        "[more]",
        "exten => s,1,NoOp()",
      ],
      "hooks.conf:3 unknown-target",
    ],
    [
      ["same => n,Goto(other,s,1)", "[other]", "exten => s,1,NoOp()", "[last]", "exten => s,1,NoOp()"],
      "hooks.conf:5 no-return",
    ],
    [["same => n,Goto(hearback,inbound,1)"], "extensions.conf:27 stasis"],
    [
      ["same => n,GosubIf($[1]?one,s,1:two,s,1)", "same => n,Return()"].concat(
        ["[one]", "exten => s,1,Return()", "[two]", "exten => s,1,Goto(two,s,1)"],
        ["[last]", "exten => s,1,NoOp()"],
      ),
      "hooks.conf:8 endless",
    ],
  ])("%j", (lines, fault) => {
    const found = ofHook(...lines);
    if (fault === null) expect(found).toEqual([]);
    else expect(found).toContain(fault);
  });

  it("finds a call that nothing ends", () => {
    expect(edited("extensions.conf", "Set(TIMEOUT(absolute)=900)", "NoOp()")).toEqual([
      "extensions.conf:27 no-timeout",
    ]);
  });

  it("finds a number that does not enter Hearback", () => {
    expect(
      edited("extensions.conf", "exten => s,1,Goto(hearback,inbound,1)", "exten => s,1,Hangup()"),
    ).toEqual(["extensions.conf:20 never-enters"]);
  });

  it("finds a Return() without its Gosub()", () => {
    expect(
      edited("extensions.conf", "exten => s,1,Goto(hearback,inbound,1)", "exten => s,1,Return()"),
    ).toContain("extensions.conf:20 no-gosub");
  });

  it.each(["[hearback]", "[hearback](+)", "[from-trunk]"])("finds %s a second time", (header) => {
    expect(ofHook(header, "exten => s,1,NoOp()").join()).toMatch(/twice/);
  });

  const ofAfter = (line: string) => {
    const hooks = before().replace("exten => s,1,Return()", `exten => s,1,${line}\n same => n,Return()`);
    const faults = checkDialplan(filesWith({ "hooks.conf": hooks }));
    return faults.map(({ line, rule, level }) => `${line} ${rule} ${level}`);
  };

  it.each(["accountcode", "userfield"])(
    "warns of a CDR(%s) that comes too late, which no release is refused for",
    (field) => {
      expect(ofAfter(`Set(CDR(${field})=northfield)`)).toEqual(["5 too-late warning"]);
    },
  );

  it("refuses what may not be set, however late", () => {
    expect(ofAfter("Set(CDR(disposition)=ANSWERED)")).toEqual(["5 variable-name fault"]);
  });

  it("keeps the heartbeat by itself", () => {
    expect(
      edited("extensions.conf", /(exten => beat,1,.*)/, "$1\n same => n,Goto(hearback,away,1)"),
    ).toContain("extensions.conf:41 heartbeat");
  });
});

describe("Asterisk's other files", () => {
  it.each([
    ["modules.conf", "require = app_stack.so\n", "", "extensions.conf:26 module-missing"],
    ["modules.conf", "autoload = no", "autoload = yes", "modules.conf:13 module"],
    [
      "modules.conf",
      "require = app_stack.so",
      "require = app_stack.so\nrequire = app_system.so",
      "modules.conf:65 module",
    ],
    [
      "modules.conf",
      "require = app_stack.so",
      "require = app_stack.so\nload => func_shell.so",
      "modules.conf:65 module",
    ],
    [
      "modules.conf",
      "require = app_stack.so",
      "require = app_stack.so\nload = ../../../tmp/agent.so",
      "modules.conf:65 module",
    ],
    ["asterisk.conf", "live_dangerously = no", "live_dangerously = yes", "asterisk.conf:10 runs-programs"],
    [
      "asterisk.conf",
      "maxfiles = 8192",
      "maxfiles = 8192\nexecincludes=yes",
      "asterisk.conf:20 runs-programs",
    ],
    ["pjsip.conf", "allow_transfer = no", "allow_transfer = yes", "pjsip.conf:56 transfers"],
    ["pjsip.conf", "allow_transfer = no\n", "", "pjsip.conf:34 transfers"],
    ["pjsip.conf", "context = from-trunk", "context = hearback", "extensions.conf:0 open-context"],
    ["pjsip.conf", "context = from-trunk", "context = elsewhere", "extensions.conf:0 missing-part"],
    ["pjsip.conf", "context = from-trunk\n", "", "extensions.conf:0 missing-part"],
    ["pjsip.conf", "[udp]", "#exec id\n[udp]", "pjsip.conf:23 runs-programs"],
    ["rtp.conf", '#include "site.conf"', '#include "hooks.conf"', "rtp.conf:3 include-outside"],
    ["extensions.conf", '#include "hooks.conf"\n', "", "extensions.conf:0 missing-part"],
    ["extensions.conf", "writeprotect = yes", "writeprotect = no", "extensions.conf:10 general-setting"],
    ["extensions.conf", "writeprotect = yes", "autofallthrough = no", "extensions.conf:10 general-setting"],
    [
      "extensions.conf",
      "[globals](rtp-site)",
      "[globals](rtp-site)\nSITE_X = ${SHELL(id)}",
      "extensions.conf:15 global-value",
    ],
    [
      "extensions.conf",
      "[globals](rtp-site)",
      "[globals](rtp-site)\nTRANSFER_CONTEXT = x",
      "extensions.conf:15 variable-name",
    ],
  ])("%s: %j as %j", (name, from, to, fault) => {
    expect(edited(name, from, to)).toContain(fault);
  });

  it.each([
    ["extensions.ael", "other-language"],
    ["extensions.lua", "other-language"],
    ["features.conf", "unknown-file"],
    ["extconfig.conf", "unknown-file"],
    ["cli.conf", "unknown-file"],
    ["users.conf", "unknown-file"],
    ["more/hooks.conf", "unknown-file"],
  ])("%s", (name, rule) => {
    expect(told(filesWith({ [name]: "[general]\n" }))).toEqual([`${name}:0 ${rule}`]);
  });

  it("misses extensions.conf", () => {
    expect(told(filesWith({ "extensions.conf": null }))).toEqual(["extensions.conf:0 no-dialplan"]);
  });
});

it("says what to write instead, always", () => {
  const [fault] = checkDialplan(filesWith({ "hooks.conf": before(" same => n,Set(SITE_X=${SHELL(id)})") }));
  expect(tellFault(fault!)).toBe(
    "asterisk/hooks.conf:3:23: fault: SHELL starts programs on this machine; take it out: what has to be done outside the call is for Hearback to do, not for the dialplan [runs-programs]",
  );
});
