import { isYes, settingOf } from "#dialplan/conf/conf.ts";
import { isLoopback } from "./addresses.ts";
import { type Configuration, sectionIn } from "./configuration.ts";
import { type Found, wrongIn, wrongOrUnsaid } from "./rule.ts";

type Door = "http.conf" | "manager.conf";

/** Where HTTP or AMI listens without TLS beyond this machine; without bindaddr both listen everywhere. */
export const plainBeyond = (all: Configuration, door: Door): Found[] =>
  isOn(all, door) ? wrongOrUnsaid(all, [door, "general"], "bindaddr", (value) => !isLoopback(value)) : [];

/** The same with TLS. */
export const encryptedBeyond = (all: Configuration, door: Door): Found[] => {
  const general = sectionIn(all, door, "general");
  const on = isOn(all, door) && isYes(settingOf(general, "tlsenable")?.value);
  return on ? wrongIn(general, "tlsbindaddr", (value) => !isLoopback(value)) : [];
};

export const beyond = (all: Configuration, door: Door): boolean =>
  plainBeyond(all, door).length + encryptedBeyond(all, door).length > 0;

const isOn = (all: Configuration, door: Door): boolean =>
  isYes(settingOf(sectionIn(all, door, "general"), "enabled")?.value);
