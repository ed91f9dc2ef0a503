import { fileURLToPath } from "node:url";

/** The absolute path of a file of this repository, wherever the checkout lies. */
export function repositoryFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
