/** What people do on the pages, and how fast it has to be (issue 5): at the 95th percentile, on the server. */

export type Who = "coordinator" | "clinician";

export interface Case {
  name: string;
  who: Who;
  goalMs: number;
  /** The addresses, one after another. */
  urls: (round: Round) => string;
}

export interface Round {
  /** From 0. */
  n: number;
  /** Somewhere in the two years, as `older=` reads it. */
  key: string;
  storyId: string;
}

const [list, open] = [100, 200];
const pick = <T>(from: readonly T[], n: number): T => from[n % from.length] as T;
const search = (words: string, more = "") => `/stories?words=${encodeURIComponent(words)}${more}`;

const common = ["nurse", "food", "doctor", "night", "pain", "ward", "waited", "kind"];
const narrow = [
  "rating=5",
  "rating=4&rating=5&consent=yes",
  "length=long",
  "length=long&rating=5&consent=no",
  "state=heard&rating=6",
  "state=no-words",
  "from=2026-02-01&to=2026-02-28",
  "consent=no&rating=0",
];

export const cases: readonly Case[] = [
  { name: "list, newest", who: "coordinator", goalMs: list, urls: () => "/stories" },
  { name: "list, anywhere", who: "coordinator", goalMs: list, urls: ({ key }) => `/stories?older=${key}` },
  { name: "list, one's wards", who: "clinician", goalMs: list, urls: () => "/stories" },
  {
    name: "list, wards, anywhere",
    who: "clinician",
    goalMs: list,
    urls: ({ key }) => `/stories?older=${key}`,
  },
  { name: "unheard", who: "coordinator", goalMs: list, urls: () => "/stories?state=unheard" },
  { name: "filtered", who: "coordinator", goalMs: list, urls: ({ n }) => `/stories?${pick(narrow, n)}` },
  {
    name: "filtered, anywhere",
    who: "coordinator",
    goalMs: list,
    urls: ({ n, key }) => `/stories?${pick(narrow, n)}&older=${key}`,
  },
  { name: "filtered, wards", who: "clinician", goalMs: list, urls: ({ n }) => `/stories?${pick(narrow, n)}` },
  { name: "one ward", who: "coordinator", goalMs: list, urls: ({ n }) => `/stories?ward=Ward+${1 + n}` },
  {
    name: "nothing matches",
    who: "coordinator",
    goalMs: list,
    urls: ({ key }) => `/stories?state=no-words&words=nurse&older=${key}`,
  },
  { name: "search, rarest word", who: "coordinator", goalMs: list, urls: () => search("zeppelin") },
  { name: "search, rare word", who: "coordinator", goalMs: list, urls: ({ n }) => search(`word${7990 - n}`) },
  { name: "search, word", who: "coordinator", goalMs: list, urls: ({ n }) => search(`word${20 + n * 17}`) },
  { name: "search, common word", who: "coordinator", goalMs: list, urls: ({ n }) => search(pick(common, n)) },
  {
    name: "search, phrase",
    who: "coordinator",
    goalMs: list,
    urls: ({ n }) => search(`"${pick(common, n)} ${pick(common, n + 3)}"`),
  },
  {
    name: "search, rare phrase",
    who: "coordinator",
    goalMs: list,
    urls: ({ n }) => search(`"word${n} ${pick(common, n)}"`),
  },
  {
    name: "search, filtered",
    who: "coordinator",
    goalMs: list,
    urls: ({ n }) => search(pick(common, n), "&rating=5&consent=no"),
  },
  { name: "search, one's wards", who: "clinician", goalMs: list, urls: ({ n }) => search(pick(common, n)) },
  { name: "search, wards, rare", who: "clinician", goalMs: list, urls: ({ n }) => search(`word${7990 - n}`) },
  { name: "open a story", who: "coordinator", goalMs: open, urls: ({ storyId }) => `/stories/${storyId}` },
];
