/** A QR code as the path of an SVG: no picture leaves this machine to be made elsewhere. */
import { encode } from "uqr";

export interface QrPicture {
  /** Modules on each side, with the four of quiet that readers need. */
  size: number;
  /** The `d` of an SVG path, one square a dark module. */
  path: string;
}

export function qrPicture(text: string): QrPicture {
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  const rows = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join(""));
  return { size, path: rows.join("") };
}
