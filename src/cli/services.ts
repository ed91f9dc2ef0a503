import type { Services } from "./ports.ts";

/** The house behind the commands, each part loaded when it is first needed: `hearback --help` opens no adapter. */
export const services: Services = {
  openDatabase: async (settings, options) =>
    (await import("#open-database.ts")).openDatabase(settings, options),
  voice: async (folders) => (await import("#storage/flow-files.ts")).readVoice(folders),
  releaseFolders: async (from) => {
    const { fileBehind, foldersBelow, readReleaseFolders, withAsterisk } = await import(
      "#storage/release-folders.ts"
    );
    const folders = "folder" in from ? foldersBelow(from.folder) : withAsterisk(from);
    return { files: readReleaseFolders(folders), fileBehind: (path) => fileBehind(path, folders) };
  },
  promptShelf: async (folder) => (await import("#storage/prompt-shelf.ts")).openPromptShelf(folder),
  ringStudio: async (order) => (await import("#prompt-studio.ts")).ringStudio(order),
  createApp: async (settings, options) => (await import("#app.ts")).createApp(settings, options),
};
