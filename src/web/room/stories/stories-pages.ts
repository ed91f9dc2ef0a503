/** The list of stories: to find them, to keep ways of looking, to take along what was found. */
import type { RoomPages } from "../build-room.ts";
import { exportPages } from "./export-pages.ts";
import type { Query } from "./filter.ts";
import { listPage } from "./list-page.ts";
import { savedFilterPages } from "./saved-filters.ts";

export const storiesPages: RoomPages = async (web, parts) => {
  web.get<{ Querystring: Query }>("/stories", { config: { right: "stories" } }, listPage(parts.stories));
  savedFilterPages(web, parts);
  exportPages(web, parts);
};
