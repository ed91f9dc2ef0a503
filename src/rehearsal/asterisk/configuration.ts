import { randomBytes } from "node:crypto";
import type { ConfigFile, InstanceFolders } from "./instance.ts";

/** A section's lines, in Asterisk's way of writing. */
export type Section = Record<string, string | number>;

/** Sections as Asterisk reads them; `asTemplates` makes them such that other files' sections inherit from them. */
export function writeSections(sections: Record<string, Section>, options: { asTemplates: boolean }): string {
  const mark = options.asTemplates ? "(!)" : "";
  const texts = Object.entries(sections).map(([name, section]) => {
    const lines = Object.entries(section).map(([key, value]) => `${key} = ${oneLine(value)}`);
    return [`[${name}]${mark}`, ...lines, ""].join("\n");
  });
  return texts.join("\n");
}

/** A line's end inside a value would be read as something else; a comment's mark is written so that it is none. */
function oneLine(value: string | number): string {
  const text = String(value);
  if (/[\r\n\\]/.test(text))
    throw new Error(`Asterisk's configuration cannot hold this value: ${JSON.stringify(text)}`);
  return text.replaceAll(";", "\\;");
}

/** For [directories] of asterisk.conf. */
export function directories(folders: InstanceFolders): Section {
  return {
    ...{
      astetcdir: folders.etc,
      astmoddir: folders.modules,
      astvarlibdir: folders.lib,
      astdbdir: folders.lib,
    },
    ...{
      astkeydir: folders.lib,
      astdatadir: folders.data,
      astagidir: folders.data,
      astspooldir: folders.spool,
    },
    ...{
      astrundir: folders.run,
      astlogdir: folders.log,
      astcachedir: folders.cache,
      astsbindir: folders.run,
    },
  };
}

/** Each Asterisk must have one of its own: the real network card's address would make two of them alike. */
export function randomEntityId(): string {
  const bytes = randomBytes(6);
  // Locally administered, so that it is no real card's.
  bytes[0] = (bytes[0]! & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

export function randomPassword(): string {
  return randomBytes(24).toString("base64url");
}

/** Files that Asterisk's core insists on, or warns about on each start, though we set nothing in them. */
export function emptyFiles(): Record<string, ConfigFile> {
  const names = [
    "features",
    "udptl",
    "ccss",
    "acl",
    "extconfig",
    "sorcery",
    "codecs",
    "cli",
    "cli_permissions",
  ];
  const empty = [...names, "cli_aliases", "dnsmgr", "dsp", "statsd"];
  const files = Object.fromEntries(empty.map((name) => [`${name}.conf`, { text: "[general]\n" }]));
  return {
    ...files,
    "acl.conf": { text: "" },
    "websocket_client.conf": { text: "" },
    "pjproject.conf": { text: "[startup]\nlog_level = error\n" },
  };
}
