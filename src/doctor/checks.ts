import type { Environment } from "#config.ts";
import type { Check } from "./check.ts";
import { asterisk } from "./checks/asterisk.ts";
import { asteriskConfiguration } from "./checks/asterisk-configuration.ts";
import { asteriskModules } from "./checks/asterisk-modules.ts";
import { callLogs } from "./checks/call-logs.ts";
import { campaigns } from "./checks/campaigns.ts";
import { clockOfAsterisk, clockOfDatabase } from "./checks/clock.ts";
import { dataKey } from "./checks/data-key.ts";
import { disk } from "./checks/disk.ts";
import { entityIds } from "./checks/entity-ids.ts";
import { flows } from "./checks/flows.ts";
import { manager } from "./checks/manager.ts";
import { masterKey } from "./checks/master-key.ts";
import { migrations } from "./checks/migrations.ts";
import { nodeVersion } from "./checks/node-version.ts";
import { openFilesOfAsterisk, openFilesOfOurs } from "./checks/open-files.ts";
import { postgres } from "./checks/postgres.ts";
import { prompts } from "./checks/prompts.ts";
import { rtpPorts } from "./checks/rtp-ports.ts";
import { settings } from "./checks/settings.ts";
import { sounds } from "./checks/sounds.ts";
import { speech } from "./checks/speech.ts";
import { storyStore } from "./checks/story-store.ts";
import { trunk } from "./checks/trunk.ts";

/** Every check, in the order in which a person would mend things. */
export const allChecks = (env: Environment): Check[] => [
  ...[nodeVersion(), openFilesOfOurs(), settings(env)],
  ...[postgres, migrations, dataKey, masterKey(env), clockOfDatabase],
  ...[
    asterisk,
    entityIds,
    asteriskModules,
    asteriskConfiguration,
    manager,
    trunk,
    rtpPorts,
    openFilesOfAsterisk,
    clockOfAsterisk,
  ],
  ...[callLogs, prompts, flows, sounds, campaigns],
  ...[speech, storyStore, disk],
];
