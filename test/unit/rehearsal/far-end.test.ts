import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeALaw, encodeALaw } from "#lib/audio/g711.ts";
import { readWav } from "#lib/audio/wav.ts";
import { markedPrompts, writeMarkedPrompts } from "#rehearsal/far-end/marked-prompts.ts";
import { findFrames, frameBytes, storyFrames } from "#rehearsal/far-end/marked-story.ts";
import { PromptEar } from "#rehearsal/far-end/prompt-ear.ts";
import { payloadOf, readRtpHead, writeRtp } from "#rehearsal/far-end/rtp-packet.ts";
import {
  answerTo,
  byeFor,
  header,
  parseSip,
  readSdp,
  tagOf,
  userOf,
  writeSdp,
} from "#rehearsal/far-end/sip-message.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { readVoice } from "#storage/flow-files.ts";

const invite = [
  "INVITE sip:+447700900123@127.0.0.1:5070 SIP/2.0",
  "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKone",
  "Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bKtwo",
  'From: "Trust" <sip:01632960000@127.0.0.1>;tag=theirs',
  "To: <sip:+447700900123@127.0.0.1>",
  "Contact: <sip:hearback@127.0.0.1:5060>",
  "Call-ID: abc",
  "CSeq: 7 INVITE",
  "",
  "c=IN IP4 127.0.0.1\r\nm=audio 12000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
].join("\r\n");

test("reads an INVITE, and answers with its own lines in their order", () => {
  const message = parseSip(invite)!;
  expect(message).toMatchObject({ method: "INVITE", status: null });
  expect(userOf(message.uri)).toBe("+447700900123");
  expect(readSdp(message.body)).toEqual({ host: "127.0.0.1", port: 12_000, keyType: 101 });
  const answer = parseSip(
    answerTo(message, 200, "ours", { contact: "sip:127.0.0.1:9", sdp: writeSdp(14_000, 101) }),
  )!;
  expect(answer.status).toBe(200);
  expect(answer.headers.get("via")).toEqual(message.headers.get("via"));
  expect(header(answer, "cseq")).toBe("7 INVITE");
  expect(tagOf(header(answer, "to"))).toBe("ours");
  expect(readSdp(answer.body)!.port).toBe(14_000);
});

test("hangs up within the call that was begun, the other way round", () => {
  const bye = parseSip(byeFor(parseSip(invite)!, "ours", "sip:127.0.0.1:9", "b"))!;
  expect(bye).toMatchObject({ method: "BYE", uri: "sip:hearback@127.0.0.1:5060" });
  expect(tagOf(header(bye, "from"))).toBe("ours");
  expect(tagOf(header(bye, "to"))).toBe("theirs");
});

test("takes for nothing what is no SIP", () => {
  expect(parseSip("\r\n\r\n")).toBeNull();
  expect(parseSip("hello")).toBeNull();
});

test("tells all marked prompts apart, each once, and is silent about the others", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearback-prompts-"));
  writeMarkedPrompts(folder);
  const ear = new PromptEar();
  const heard: string[] = [];
  for (const name of [...markedPrompts, "press-1", "hello"]) {
    const { samples } = readWav(readFileSync(join(folder, "en-GB", `${name}.wav`)));
    const codes = encodeALaw(samples);
    for (let at = 0; at + frameBytes <= codes.length; at += frameBytes) {
      const prompt = ear.hear(codes.subarray(at, at + frameBytes));
      if (prompt) heard.push(prompt);
    }
  }
  expect(heard).toEqual([...markedPrompts, "hello"]);
  rmSync(folder, { recursive: true });
});

test("marked prompts are whole: a Hearback with our flows begins on them, in every language", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearback-prompts-"));
  const promptFolder = writeMarkedPrompts(folder);
  expect(() => readVoice({ flowFolder: repositoryFile("dialplans/flows"), promptFolder })).not.toThrow();
  rmSync(folder, { recursive: true });
});

test("finds each frame of a story wherever it begins, counts what is missing, and sees another's", () => {
  const frames = storyFrames(0x5eed_1234, 50);
  const other = storyFrames(0x0dd_5eed, 3);
  const silence = new Uint8Array(67).fill(0xd5);
  const kept = Buffer.concat([silence, ...frames.slice(0, 20), silence, ...frames.slice(22), other[2]!]);
  const { own, foreign } = findFrames(kept, 0x5eed_1234);
  expect(own).toEqual(
    Array.from({ length: 50 }, (_, index) => index).filter((index) => index !== 20 && index !== 21),
  );
  expect(foreign).toBe(1);
});

test("a marked story is still a voice", () => {
  const samples = decodeALaw(Buffer.concat(storyFrames(77, 100)));
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  expect(Math.sqrt(power)).toBeGreaterThan(500);
});

test("an RTP packet is read as it was written, and anything else is none", () => {
  const head = { payloadType: 101, marker: true, sequence: 65_535, timestamp: 2 ** 32 - 1, source: 2 ** 31 };
  const packet = writeRtp(head, Uint8Array.of(5, 0x8a, 0, 160));
  expect(readRtpHead(packet)).toEqual(head);
  expect([...payloadOf(packet)]).toEqual([5, 0x8a, 0, 160]);
  expect(readRtpHead(packet.subarray(0, 12))).toBeNull();
  expect(readRtpHead(Buffer.from("INVITE sip:nobody SIP/2.0"))).toBeNull();
});
