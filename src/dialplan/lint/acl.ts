import { type Section, type Setting, settingsOf } from "#dialplan/conf/conf.ts";
import { bitsOf } from "./addresses.ts";
import { type Configuration, sectionIn, sipOf } from "./configuration.ts";

/** Lines of "permit" and "deny", those of named lists of acl.conf among them, in the order in which they are tried. */
export function aclOf(all: Configuration, section: Section): Setting[] {
  return settingsOf(section, "permit", "deny", "acl").flatMap((setting) => {
    if (setting.key.toLowerCase() !== "acl") return [setting];
    const names = setting.value.split(",").map((name) => name.trim());
    return names.flatMap((name) => settingsOf(sectionIn(all, "acl.conf", name), "permit", "deny"));
  });
}

/** The last line that fits decides; one whom none fits is let in. */
export function letsIn(lines: readonly Setting[], address: string): boolean {
  return lines.reduce((may, { key, value }) => {
    const networks = value.split(",").map((network) => network.trim());
    const verdict = (network: string) => (key.toLowerCase() === "permit") !== network.startsWith("!");
    return networks.reduce((so, network) => (fits(network, address) ? verdict(network) : so), may);
  }, true);
}

function fits(network: string, address: string): boolean {
  const [base = ""] = network.replace(/^!/, "").split("/");
  const bits = bitsOf(network);
  if (bits === 0) return true;
  const [a, b] = [bitText(base), bitText(address)];
  return a !== null && b !== null && a.slice(0, bits) === b.slice(0, bits);
}

const bitText = (address: string): string | null =>
  /^\d+(?:\.\d+){3}$/.test(address)
    ? address
        .split(".")
        .map((octet) => Number(octet).toString(2).padStart(8, "0"))
        .join("")
    : null;

/** An address for documents (RFC 5737), which nobody who is let in has. */
const stranger = "198.51.100.77";

export const letsStrangersIn = (lines: readonly Setting[]): boolean => letsIn(lines, stranger);

/** Where none of those it permits gets in, mostly as a "deny" of all stands below. */
export function letsNobodyIn(lines: readonly Setting[]): boolean {
  const permitted = lines
    .filter(({ key }) => key.toLowerCase() === "permit")
    .flatMap(({ value }) => value.split(",").map((network) => network.trim().split("/")[0]!))
    .filter((address) => bitText(address) !== null);
  return permitted.length > 0 && !permitted.some((address) => letsIn(lines, address));
}

/** All sections that hold a list of addresses. */
export const sectionsWithAcl = (all: Configuration): Section[] =>
  [
    ...["ari.conf", "manager.conf", "acl.conf"].flatMap((file) => all.confs.get(file)?.sections ?? []),
    ...sipOf(all, "acl").map(({ section }) => section),
  ].filter((section) => !section.template && settingsOf(section, "permit", "deny").length > 0);
