/** Contents by their hash, which never change: read once, and kept while there is room. */
export class ContentCache {
  readonly #mostBytes: number;
  readonly #kept = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get(hash: string): Uint8Array | null {
    const found = this.#kept.get(hash);
    if (!found) return null;
    // Last asked for, last to go.
    this.#kept.delete(hash);
    this.#kept.set(hash, found);
    return found;
  }

  keep(hash: string, bytes: Uint8Array): void {
    if (this.#kept.has(hash)) return;
    this.#kept.set(hash, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#kept.delete(oldest);
      this.#bytes -= length;
    }
  }
}
