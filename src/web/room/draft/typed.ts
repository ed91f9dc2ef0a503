/** What somebody typed into the editor, and saving it: over what they saw, and over nothing else. */
import type { FastifyRequest } from "fastify";
import type { SignedIn } from "#access/rights.ts";
import type { Author, ReleaseDesk, Saved } from "#release/ports.ts";
import { signedIn } from "../who.ts";

export interface Typed {
  text?: string;
  /** Of the file as it was when the page was opened. */
  hash?: string;
  /** Of the file that somebody else saved meanwhile, and that is to be overwritten. */
  theirs?: string;
  /** The file's last save, as the page told it. */
  seen?: string;
  act?: "check" | "save" | "save-over" | "undo" | "try-again" | "run";
  press?: string;
  acts?: string;
  language?: string;
  /** Fields of the list for a try-out. */
  [field: `field-${string}`]: string;
  /** A language that the campaign of a try-out offers. */
  [offer: `offer-${string}`]: string;
}

/** Of a file, and what a form makes of it. */
export const bodyLimit = 4_194_304;
const word = { type: "string", maxLength: 200 };
export const typedSchema = {
  body: {
    type: ["object", "null"],
    properties: {
      text: { type: "string", maxLength: 1_000_000 },
      ...{ hash: word, theirs: word, seen: word, act: word, press: word, language: word },
      acts: { type: "string", maxLength: 2_000 },
    },
  },
};

export const authorOf = ({ userId, name }: SignedIn): Author => ({ kind: "user", id: userId, name });

/** As browsers send what was typed, with one line end at its end. */
export const clean = (text: string): string => `${text.replace(/\r\n?/g, "\n").replace(/\n+$/, "")}\n`;

export const save = (
  desk: ReleaseDesk,
  request: FastifyRequest<{ Body: Typed | undefined }>,
  path: string,
): Promise<Saved> => {
  const { hash = "", theirs = "", act, text = "" } = request.body ?? {};
  const expectedHash = (act === "save-over" ? theirs : hash) || null;
  const bytes = new TextEncoder().encode(clean(text));
  return desk.saveFile({ path, bytes, expectedHash }, authorOf(signedIn(request)));
};
