import { monitor, wait } from "#rehearsal/people/act.ts";
import { ringersDialplan } from "#rehearsal/people/dialplan.ts";

/** Who rings, and who is rung, in the golden calls. */
export const golden = {
  rung: "+441632960000",
  caller: "+447700900081",
  person: "+441632960101",
} as const;

export const goldenPeople = `[people]
exten => ${golden.person},1,Answer()
 same => n,Wait(20)
 same => n,Hangup()
${ringersDialplan(
  [
    { id: "knows-us", from: golden.caller, acts: [wait(20)] },
    { id: "withheld", from: null, acts: [wait(20)] },
    { id: "away", from: golden.caller, acts: [monitor, wait(20)] },
  ],
  golden.rung,
)}`;
