/** SVOX Pico, British English, run as WebAssembly: the voice of the prompts that ship. Needs the two data files. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import createPico from "@echogarden/svoxpico-wasm";
import type { Pcm } from "#lib/audio/wav.ts";

export const PICO_DATA_FILES = ["en-GB_ta.bin", "en-GB_kh0_sg.bin"] as const; // text analysis, sound generation

const SAMPLE_RATE = 16_000;
const MEMORY_BYTES = 4_000_000;
const BUSY = 201; // PICO_STEP_BUSY of picodefs.h: more sound is to come
const CHUNK_BYTES = 4096;
const CALL_IS_FOR_VOICE = "voice";

/** What we use of the module; it ships no types. */
export type PicoModule = Record<`_pico_${string}`, (...args: number[]) => number> & {
  _malloc(bytes: number): number;
  HEAPU8: Uint8Array;
  FS: { writeFile(path: string, bytes: Uint8Array): void };
};

export type Speak = (text: string) => Pcm;

/** Slower than Pico's own pace, for older listeners; below its own volume, at which it clips its loudest vowels. */
const MANNER = { speed: 88, volume: 70 };

export async function picoVoice(dataFolder: string): Promise<Speak> {
  const pico = (await createPico({ print: () => {}, printErr: () => {} })) as PicoModule;
  const system = await loadVoice(pico, dataFolder);
  return (text) => {
    const engine = output(pico, (at) => pico._pico_newEngine!(system, cString(pico, CALL_IS_FOR_VOICE), at));
    putText(
      pico,
      engine,
      `<speed level="${MANNER.speed}"><volume level="${MANNER.volume}">${text}</volume></speed>`,
    );
    const samples = takeSound(pico, engine);
    pico._pico_disposeEngine!(system, cell(pico, engine));
    return { sampleRate: SAMPLE_RATE, samples };
  };
}

async function loadVoice(pico: PicoModule, dataFolder: string): Promise<number> {
  const system = output(pico, (at) => pico._pico_initialize!(pico._malloc(MEMORY_BYTES), MEMORY_BYTES, at));
  const voice = cString(pico, CALL_IS_FOR_VOICE);
  done(pico._pico_createVoiceDefinition!(system, voice), "createVoiceDefinition");
  for (const file of PICO_DATA_FILES) {
    pico.FS.writeFile(file, await readFile(join(dataFolder, file)));
    const resource = output(pico, (at) => pico._pico_loadResource!(system, cString(pico, file), at));
    const name = pico._malloc(256);
    done(pico._pico_getResourceName!(system, resource, name), "getResourceName");
    done(pico._pico_addResourceToVoiceDefinition!(system, voice, name), "addResourceToVoiceDefinition");
  }
  return system;
}

/** The engine takes as much as it has room for and tells how much that was; the closing zero makes it speak at once. */
function putText(pico: PicoModule, engine: number, text: string): void {
  const bytes = Buffer.byteLength(text) + 1;
  const at = cString(pico, text);
  const taken = pico._malloc(4);
  for (let put = 0; put < bytes; put += new DataView(pico.HEAPU8.buffer).getInt16(taken, true)) {
    done(pico._pico_putTextUtf8!(engine, at + put, bytes - put, taken), "putTextUtf8");
  }
}

function takeSound(pico: PicoModule, engine: number): Int16Array {
  const [sound, length, type] = [pico._malloc(CHUNK_BYTES), pico._malloc(4), pico._malloc(4)];
  const chunks: Buffer[] = [];
  let status = BUSY;
  while (status === BUSY) {
    status = pico._pico_getData!(engine, sound, CHUNK_BYTES, length, type);
    const bytes = new DataView(pico.HEAPU8.buffer).getInt16(length, true);
    if (bytes > 0) chunks.push(Buffer.from(pico.HEAPU8.slice(sound, sound + bytes)));
  }
  const all = new Uint8Array(Buffer.concat(chunks));
  return new Int16Array(all.buffer, 0, Math.floor(all.length / 2));
}

function cString(pico: PicoModule, text: string): number {
  const bytes = Buffer.from(`${text}\0`);
  const at = pico._malloc(bytes.length);
  pico.HEAPU8.set(bytes, at);
  return at;
}

function cell(pico: PicoModule, value: number): number {
  const at = pico._malloc(4);
  new DataView(pico.HEAPU8.buffer).setUint32(at, value, true);
  return at;
}

/** Calls with a place for one result, and gives what was put there. */
function output(pico: PicoModule, call: (at: number) => number): number {
  const at = pico._malloc(4);
  done(call(at), "call");
  return new DataView(pico.HEAPU8.buffer).getUint32(at, true);
}

function done(status: number, what: string): void {
  if (status !== 0) throw new Error(`Pico's ${what} gave status ${status}`);
}
