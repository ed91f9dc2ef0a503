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
      const { status, body } = await connection.storedFile(checked(name), readWithinMs);
      if (status === 404) return null;
      if (status === 200) return body;
      throw new AppError("recording_unreadable", `Asterisk answered ${status}`, { recording: name });
    },
    remove: async (name) => {
      const { status } = await connection.request("DELETE", `recordings/stored/${checked(name)}`);
      if (status < 300 || status === 404) return;
      throw new AppError("recording_not_removed", `Asterisk answered ${status}`, { recording: name });
    },
  };
}

function checked(name: string): string {
  if (ours.test(name)) return name;
  throw new AppError("bad_recording_name", "this is no name of a recording of ours");
}
