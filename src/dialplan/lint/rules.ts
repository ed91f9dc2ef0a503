import type { Rule } from "./rule.ts";
import { ariRules } from "./rules/ari.ts";
import { dialplanRules } from "./rules/dialplan.ts";
import { doorRules } from "./rules/doors.ts";
import { evidenceRules } from "./rules/evidence.ts";
import { loggingRules } from "./rules/logging.ts";
import { managerRules } from "./rules/manager.ts";
import { moduleRules } from "./rules/modules.ts";
import { programRules } from "./rules/program.ts";
import { readingRules } from "./rules/reading.ts";
import { sipRules } from "./rules/sip.ts";
import { speechRules } from "./rules/speech.ts";

/** Every rule, by what it is about. */
export const ruleBook: readonly { about: string; rules: readonly Rule[] }[] = [
  { about: "How Asterisk reads its files", rules: readingRules },
  { about: "The program (asterisk.conf and what starts with it)", rules: programRules },
  { about: "Modules (modules.conf)", rules: moduleRules },
  { about: "HTTP, TLS and lists of addresses (http.conf, all doors)", rules: doorRules },
  { about: "ARI (ari.conf)", rules: ariRules },
  { about: "AMI (manager.conf)", rules: managerRules },
  { about: "The trunk (pjsip.conf)", rules: sipRules },
  { about: "Speech and keys (pjsip.conf, rtp.conf)", rules: speechRules },
  { about: "The dialplan (extensions.conf)", rules: dialplanRules },
  { about: "Evidence (cdr.conf, cel.conf, cel_custom.conf)", rules: evidenceRules },
  { about: "Logs, and what leaves the machine", rules: loggingRules },
];

export const allRules: readonly Rule[] = ruleBook.flatMap(({ rules }) => rules);
