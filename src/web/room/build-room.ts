/** The listening room: the pages in which the people of a trust work. One plugin a family of pages. */
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import { accountPages } from "./account/pages.ts";
import { serveAssets } from "./assets.ts";
import { campaignPages } from "./campaigns/campaign-pages.ts";
import { dialplanPages } from "./dialplan/dialplan-pages.ts";
import { editPages } from "./draft/edit-pages.ts";
import { filesPages } from "./draft/files-pages.ts";
import { savesPages } from "./draft/saves-pages.ts";
import { wordsPages } from "./draft/words-pages.ts";
import { comparePages } from "./flows/compare-pages.ts";
import { flowPages } from "./flows/flow-pages.ts";
import { soundPages } from "./flows/sound-pages.ts";
import { stepPages } from "./flows/step-pages.ts";
import { tryPages } from "./flows/try-pages.ts";
import { keepForgeriesOut } from "./forgeries.ts";
import { governancePages } from "./governance/pages.ts";
import { keepRoomHeaders } from "./headers.ts";
import { audioPages } from "./listening/audio.ts";
import { glassPages } from "./listening/glass-pages.ts";
import { storyPages } from "./listening/story-page.ts";
import { nodePages } from "./nodes/node-pages.ts";
import { trunkPages } from "./nodes/trunk-pages.ts";
import { overviewPages } from "./overview/pages.ts";
import type { RoomParts } from "./ports.ts";
import { promptPages } from "./prompts/prompt-pages.ts";
import { callMePages } from "./releases/call-me-pages.ts";
import { releasePages } from "./releases/release-pages.ts";

import { signInPages } from "./sign-in/pages.ts";
import { startPage } from "./start-page.ts";
import { storiesPages } from "./stories/stories-pages.ts";
import { countUnheard } from "./stories/unheard.ts";
import { createTemplates } from "./templates.ts";
import { tellTroubles } from "./troubles.ts";
import { urgentPages } from "./urgent/urgent-pages.ts";
import { userPages } from "./users/pages.ts";
import { visitPages } from "./visits/visit-pages.ts";
import { guardRoutes } from "./who.ts";

export type RoomPages = FastifyPluginAsync<RoomParts>;

/** Every family of pages; each of its routes names the right that it takes. */
const families: readonly RoomPages[] = [
  startPage,
  signInPages,
  accountPages,
  userPages,
  storiesPages,
  storyPages,
  audioPages,
  glassPages,
  urgentPages,
  overviewPages,
  governancePages,
  campaignPages,
  visitPages,
  nodePages,
  trunkPages,
  flowPages,
  promptPages,
  stepPages,
  editPages,
  filesPages,
  savesPages,
  wordsPages,
  tryPages,
  soundPages,
  comparePages,
  callMePages,
  releasePages,
  dialplanPages,
];

export async function buildRoom(web: FastifyInstance, parts: RoomParts): Promise<void> {
  await web.register(cookie);
  await web.register(formbody, { bodyLimit: 65_536 });
  keepRoomHeaders(web, parts);
  createTemplates(web, parts);
  tellTroubles(web, parts);
  guardRoutes(web, parts);
  await keepForgeriesOut(web, parts);
  await serveAssets(web);
  countUnheard(web, parts);
  for (const family of families) await web.register(family, parts);
}
