/**
 * The files that telecoms staff edit, as one release keeps them, by path:
 *   flows/fft.yaml, flows/fft.test.yaml, prompts/manifest.yaml, prompts/en-GB/hello.wav, asterisk/extensions.conf
 * and what is known of how sounds were made: prompts/en-GB/synthesised.json, prompts/en-GB/recorded.json.
 * In the repository they lie in dialplans/flows, prompts and dialplans/asterisk. Bytes are never changed in place.
 */
export type ReleaseFiles = ReadonlyMap<string, Uint8Array>;

export const textOf = (files: ReleaseFiles, path: string): string | null => {
  const bytes = files.get(path);
  return bytes === undefined ? null : new TextDecoder().decode(bytes);
};
