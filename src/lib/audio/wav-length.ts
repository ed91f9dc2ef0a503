/** How long a WAV file sounds, by its header alone, in milliseconds; null where that does not say. */
export function wavLengthMs(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE") return null;
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (tag(at) === "fmt " && at + 24 <= bytes.length) bytesPerSecond = view.getUint32(at + 16, true);
    if (tag(at) === "data") {
      const there = bytes.length - at - 8;
      const sound = size === 0 || size > there ? there : size; // a writer that was stopped leaves a wrong size
      return bytesPerSecond > 0 ? (sound / bytesPerSecond) * 1000 : null;
    }
    at += 8 + size + (size % 2);
  }
  return null;
}
