import { join } from "node:path";

/** The files of the American English model in its folder, by the names that Debian's package gives them. */
export const pocketsphinxModel = (folder: string) => ({
  hmm: join(folder, "en-us"),
  lm: join(folder, "en-us.lm.bin"),
  dict: join(folder, "cmudict-en-us.dict"),
});
