/** What a setting is, and the values that settings of every kind may have. */
import { readFileSync } from "node:fs";

export interface About {
  name: string;
  help: string;
  example: string;
  /** What it stands at when it is not given; null: it may be left out. Without one it must be given. */
  fallback?: string | null;
  /** Its value is never shown. */
  secret?: boolean;
}

export interface Setting<T> extends About {
  /** The value; throws what is wrong with it, to stand behind the setting's name ("is not a whole number"). */
  read(raw: string): T;
}

export const required = <T>(about: About, read: (raw: string) => T): Setting<T> => ({ ...about, read });
export const optional = (about: About): Setting<string | null> => optionalOf(about, asItIs);
export const optionalOf = <T>(about: About, read: (raw: string) => T): Setting<T | null> => ({
  ...about,
  fallback: null,
  read,
});

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error what is wrong with it, and how it would be right */
export function readOne(setting: Setting<unknown>, env: Environment): unknown {
  const { name, example, fallback, secret } = setting;
  const raw = givenValue(name, env) ?? fallback;
  if (raw === null) return null;
  if (raw === undefined) throw new Error(`${name} is missing, e.g. ${example}`);
  try {
    return setting.read(raw);
  } catch (fault) {
    throw new Error(`${secret ? name : `${name}="${raw}"`} ${(fault as Error).message}, e.g. ${example}`);
  }
}

/** An empty setting is one that is not given: compose files and unit files pass those on. */
export function givenValue(name: string, env: Environment): string | undefined {
  const direct = env[name]?.trim() || undefined;
  const path = env[`${name}_FILE`]?.trim();
  if (!path) return direct;
  if (direct !== undefined) throw new Error(`${name} and ${name}_FILE are both given: keep one of them`);
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new Error(`${name}_FILE="${path}" cannot be read (${why}): it must be a file with the value in it`);
  }
}

export function asItIs(raw: string): string {
  return raw;
}

export function word(raw: string): string {
  if (!/^[\w-]{1,64}$/.test(raw)) throw new Error("is not one word of letters, digits, - and _");
  return raw;
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`cannot be read (${(error as NodeJS.ErrnoException).code ?? "unreadable"})`);
  }
}

export function certificates(path: string): string {
  const text = textOf(path);
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error("is not a PEM file with a certificate");
  return text;
}

export function url(...protocols: string[]) {
  return (raw: string): string => {
    const kinds = protocols.map((protocol) => `${protocol}//`).join(" or ");
    if (!URL.canParse(raw) || !protocols.includes(new URL(raw).protocol))
      throw new Error(`is not an address that begins with ${kinds}`);
    return raw.includes("?") ? raw : raw.replace(/\/+$/, "");
  };
}

export function whole(least: number, most: number) {
  return (raw: string): number => {
    const value = Number(raw);
    if (!/^\d+$/.test(raw) || value < least || value > most)
      throw new Error(`is not a whole number from ${least} to ${most}`);
    return value;
  };
}

export function port(raw: string): number {
  const value = Number(raw);
  if (!/^\d{1,5}$/.test(raw) || value < 1 || value > 65_535)
    throw new Error("is not a port, a whole number from 1 to 65535");
  return value;
}
