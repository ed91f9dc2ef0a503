/** The list of stories: to find them, to keep ways of looking, to take along what was found. */
import type { RoomPages } from "../build-room.ts";
import type { Query } from "./filter.ts";
import { listPage } from "./list-page.ts";

const config = { right: "stories" } as const;

export const storiesPages: RoomPages = async (web, { stories }) => {
  web.get<{ Querystring: Query }>("/stories", { config }, listPage(stories));
};
