import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";

interface Waiting {
  line: string;
  done: PromiseWithResolvers<void>;
}

/**
 * Lines at the end of a file, each on the disk before its append resolves: those that come while the disk is busy share
 * the next fdatasync. After a write that failed (a full disk) the file is as it was before it.
 */
export class LineFile {
  readonly path: string;
  #file: Promise<FileHandle> | null = null;
  #length = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** @param line without line ends; throws what the disk threw, and `ESTALE` where somebody took the file away */
  append(line: string): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ line, done });
    this.#writing ??= this.#writeWaiting().finally(() => {
      this.#writing = null;
    });
    return done.promise;
  }

  /** Closes it once all that was appended is settled; without it nothing was ever written. */
  async close(): Promise<void> {
    await this.#writing;
    await (await this.#file?.catch(() => null))?.close();
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#write(Buffer.from(batch.map(({ line }) => `${line}\n`).join("")));
        for (const { done } of batch) done.resolve();
      } catch (thrown) {
        for (const { done } of batch) done.reject(thrown);
      }
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#file ??= this.#open();
    const file = await this.#file.catch((thrown) => {
      this.#file = null;
      throw thrown;
    });
    try {
      for (let done = 0; done < bytes.length; )
        done += (await file.write(bytes, done, bytes.length - done, this.#length + done)).bytesWritten;
      await file.datasync();
      if ((await file.stat()).nlink === 0)
        throw Object.assign(new Error("the file was taken away"), { code: "ESTALE" });
    } catch (thrown) {
      await file.truncate(this.#length).catch(() => {});
      throw thrown;
    }
    this.#length += bytes.length;
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await syncFolder(dirname(this.path));
      return file;
    } catch (thrown) {
      await file.close();
      await rm(this.path, { force: true });
      throw thrown;
    }
  }
}

/** Names made and removed in a folder are on the disk when this resolves. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}
