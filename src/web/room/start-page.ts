/** "/": to the first page of whoever is there. */
import { may, type Right } from "#access/rights.ts";
import type { RoomPages } from "./build-room.ts";
import { signedIn } from "./who.ts";

const firstPages: readonly { href: string; right: Right }[] = [
  { href: "/stories", right: "stories" },
  { href: "/telephones", right: "telephony" },
  { href: "/governance", right: "governance" },
];

export const startPage: RoomPages = async (web) => {
  web.get("/", { config: { right: "signed-in" } }, async (request, reply) => {
    const first = firstPages.find(({ right }) => may(signedIn(request), right));
    return first ? reply.redirect(first.href, 303) : reply.page("start.njk");
  });
};
