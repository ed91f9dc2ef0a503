import { AppError } from "#lib/errors.ts";
import type { RecordingSpool } from "#recording/ports.ts";
import type { AriConnection } from "./ari-connection.ts";

/** The names that we give. All else in Asterisk's folder is none of ours, and no other name leaves this file. */
const ours = /^hb-[a-z0-9-]{1,80}$/;
/** Three minutes of A-law are 1.4 MB. */
const readWithinMs = 20_000;

/** The recordings that lie in Asterisk, reached by ARI: nothing of ours needs to see its folders. */
export function createRecordingSpool(connection: AriConnection): RecordingSpool {
  return {
    list: async () => {
      const list = await connection.operation(
        "recordings.listStored",
        (client) => client.recordings.listStored(),
        readWithinMs,
      );
      return list.map(({ name }) => name).filter((name) => ours.test(name));
    },
    read: async (name) => {
      // ari-client's errors have no status; the websocket's answer tells "not there" from "broken".
      const { status } = await connection.request("GET", pathOf(name));
      if (status === 404) return null;
      if (status >= 400)
        throw new AppError("recording_unreadable", `Asterisk answered ${status}`, { recording: name });
      return connection.operation(
        "recordings.getStoredFile",
        async (client) => Buffer.from(await client.recordings.getStoredFile({ recordingName: name })),
        readWithinMs,
      );
    },
    remove: async (name) => {
      const { status } = await connection.request("DELETE", pathOf(name));
      if (status < 300 || status === 404) return;
      throw new AppError("recording_not_removed", `Asterisk answered ${status}`, { recording: name });
    },
  };
}

function pathOf(name: string): string {
  if (!ours.test(name)) throw new AppError("bad_recording_name", "this is no name of a recording of ours");
  return `recordings/stored/${name}`;
}
