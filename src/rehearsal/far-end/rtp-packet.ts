/** The head of an RTP packet (RFC 3550, 5.1), read and written. */

export interface RtpHead {
  payloadType: number;
  marker: boolean;
  /** 16 bits. */
  sequence: number;
  /** 32 bits; of telephone sound, samples. */
  timestamp: number;
  /** 32 bits. */
  source: number;
}

const headBytes = 12;

/** Null where it is none. What follows the head is `payloadOf`; no sender here adds more to the head. */
export function readRtpHead(packet: Buffer): RtpHead | null {
  if (packet.length <= headBytes || packet[0]! >> 6 !== 2) return null;
  return {
    payloadType: packet[1]! & 0x7f,
    marker: (packet[1]! & 0x80) !== 0,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    source: packet.readUInt32BE(8),
  };
}

export const payloadOf = (packet: Buffer): Buffer => packet.subarray(headBytes);

export function writeRtp(head: RtpHead, payload: Uint8Array): Buffer {
  const packet = Buffer.allocUnsafe(headBytes + payload.length);
  packet[0] = 0x80;
  packet[1] = head.payloadType | (head.marker ? 0x80 : 0);
  packet.writeUInt16BE(head.sequence, 2);
  packet.writeUInt32BE(head.timestamp, 4);
  packet.writeUInt32BE(head.source, 8);
  packet.set(payload, headBytes);
  return packet;
}
