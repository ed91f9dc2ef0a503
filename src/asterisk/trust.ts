import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * Has this process trust further authorities, as PEM, beside the usual ones. For the whole process, because ari-client
 * opens its websockets without a way to say which it should trust.
 */
export function trustAuthorities(authorities: readonly (string | null | undefined)[]): void {
  const more = authorities.filter((authority) => typeof authority === "string");
  if (more.length > 0) setDefaultCACertificates([...getCACertificates("default"), ...more]);
}
