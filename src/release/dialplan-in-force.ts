/** Which dialplan is in force on an Asterisk, as the commands that put it there left and told it. */
import { dialplanFiles } from "#dialplan/apply/ports.ts";
import { digestOf, type ReleaseFiles } from "./files.ts";

export interface DialplanInForce {
  node: string;
  /** dialplanDigest of the files that lie there. */
  digest: string;
  /** As `hearback dialplan history` numbers it on that node. */
  version: number;
  /** False: neither it nor what was there before does. */
  works: boolean;
  by: string;
  note: string;
  /** When it was put in force. */
  at: Date;
}

/** Somebody began to put one in force, and nobody has told yet what came of it: it goes on still, or was broken off. */
export interface DialplanGoing {
  node: string;
  /** That was to come. */
  version: number;
  by: string;
  since: Date;
}

/** The sha256, in hex, of those of Asterisk's files that are put in force under live calls. */
export const dialplanDigest = (files: ReleaseFiles): string =>
  digestOf(
    new Map(
      dialplanFiles.flatMap((name): [string, Uint8Array][] => {
        const bytes = files.get(`asterisk/${name}`);
        return bytes ? [[name, bytes]] : [];
      }),
    ),
  );
