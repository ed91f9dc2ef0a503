/** npm run bench:room: how fast the list, the search and a story are among a million, over HTTP, for a signed-in user. */

import { rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { Pool } from "pg";
import { silentLogger } from "#lib/logger.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { APP_USER, ensureAppUser, markRehearsal } from "#postgres/rehearsal.ts";
import { rows } from "#postgres/rows.ts";
import { readCommandLine } from "#rehearsal/command-line.ts";
import { startPostgres } from "#rehearsal/postgres.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { makeUpStories } from "../support/made-up-stories.ts";
import { testRoom } from "../support/room.ts";
import { signedIn } from "../support/signed-in.ts";
import { heading, tabulate, timeToGet } from "./measure.ts";
import { cases, type Round, type Who } from "./room-cases.ts";
import { oneMinute } from "./sound.ts";

const options = readCommandLine(
  {
    name: "npm run bench:room",
    about: "Makes up stories on a Postgres of its own, then measures the listening room over HTTP.",
    options: {
      stories: { is: "number", help: "so many", default: "1000000" },
      wards: { is: "number", help: "of the trust; a clinician has three of them", default: "400" },
      rounds: { is: "number", help: "requests of each kind", default: "200" },
      only: { is: "text", help: "kinds whose name has this in it" },
      keep: {
        is: "flag",
        help: "leaves the database in .hearback/bench-room, and takes it where it is there",
      },
      strict: { is: "flag", help: "ends with 1 where a goal is missed" },
    },
  } as const,
  process.argv.slice(2),
);
const say = (line: string) => process.stdout.write(`${line}\n`);
const dir = repositoryFile(".hearback/bench-room");
const trust = "RXX";

if (!options.keep) rmSync(dir, { recursive: true, force: true });
const postgres = await startPostgres({
  dir,
  durable: true,
  settings: { max_wal_size: "8GB" },
  progress: say,
});
const pools: Pool[] = [];
const pool = (url: string, as: "owner" | "app") => {
  pools.push(createPool({ url, applicationName: "hearback bench", as, logger: silentLogger }));
  return pools.at(-1)!;
};
try {
  const owner = pool(postgres.url, "owner");
  await prepare(owner);
  const url = new URL(postgres.url);
  url.username = APP_USER;
  const room = await testRoom(pool(url.href, "app"), { store: oneMinute });
  await room.web.listen({ host: "127.0.0.1", port: 0 });
  const { port } = room.web.server.address() as AddressInfo;
  const missed = await measureAll(owner, port);
  await room.close();
  if (missed > 0 && options.strict) process.exitCode = 1;
} finally {
  for (const each of pools) await each.end();
  await postgres.stop();
  if (!options.keep) rmSync(dir, { recursive: true, force: true });
}

async function prepare(owner: Pool): Promise<void> {
  await markRehearsal(owner).catch(() => undefined);
  await migrate(owner);
  await ensureAppUser(owner);
  const [there] = await rows(owner, "select from place limit 1");
  if (there) return;
  const { stories, wards } = options;
  say(`making up ${stories.toLocaleString("en-GB")} stories on ${wards} wards`);
  const began = performance.now();
  await makeUpStories({ url: postgres.url, stories, wards, trust, whole: true });
  say(`made in ${Math.round((performance.now() - began) / 1000)} s`);
}

/** @returns how many goals are missed */
async function measureAll(owner: Pool, port: number): Promise<number> {
  const wards = ["Ward 7", "Ward 8", "Ward 9"];
  const cookies: Record<Who, string> = {
    coordinator: await cookieOf(owner, "coordinator", [null]),
    clinician: await cookieOf(owner, "clinician", wards),
  };
  const rounds = await makeRounds(owner);
  say(heading);
  let missed = 0;
  for (const { name, who, goalMs, urls } of cases) {
    if (options.only && !name.includes(options.only)) continue;
    const times: number[] = [];
    for (const round of [...rounds.slice(0, 5), ...rounds]) {
      // So many in a minute nobody may open.
      if (round.n % 40 === 0) await owner.query("delete from listening_grant");
      times.push(await timeToGet(port, urls(round), cookies[who]));
    }
    // The first few warmed it up.
    const { line, met } = tabulate({ name, who, goalMs }, times.slice(5));
    say(line);
    if (!met) missed += 1;
  }
  return missed;
}

async function cookieOf(owner: Pool, role: Who, wards: (string | null)[]): Promise<string> {
  const { name, value } = await signedIn(owner, { role, trust, wards });
  return `${name}=${value}`;
}

/** Different places in the list, so that no page is asked for twice. */
async function makeRounds(owner: Pool): Promise<Round[]> {
  const found = await rows<{ at: string; id: string }>(
    owner,
    `select to_char(told_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, story_id as id
     from story_card order by md5(story_id::text) limit $1`,
    [options.rounds],
  );
  return found.map(({ at, id }, n) => ({ n, key: `${at}_${id}`, storyId: id }));
}
