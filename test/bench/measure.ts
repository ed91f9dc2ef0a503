/** Times of requests, and how they are told. */
import { Agent, get } from "node:http";
import { quantile } from "#rehearsal/quantile.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** @returns in milliseconds, until the last byte is there; throws for anything but 200, and where it sends one elsewhere */
export function timeToGet(port: number, path: string, cookie: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent, headers: { cookie } }, (answer) => {
      answer.resume();
      answer.on("end", () => {
        // To the sign-in page goes whoever's session is over: that is no answer.
        const elsewhere = answer.statusCode === 303 && !answer.headers.location?.startsWith("/sign-in");
        if (answer.statusCode === 200 || elsewhere) resolve(performance.now() - began);
        else reject(new Error(`${path} was answered with ${answer.statusCode}`));
      });
    }).on("error", reject);
  });
}

const right = (text: string): string => text.padStart(9);
export const heading = `\n${"ms".padEnd(26)}${"who".padEnd(12)}${["p50", "p95", "p99", "goal"].map(right).join("")}`;

interface PageCase {
  name: string;
  who: string;
  /** For the 95th percentile. */
  goalMs: number;
}

export function tabulate({ name, who, goalMs }: PageCase, times: readonly number[]) {
  const figures = [0.5, 0.95, 0.99].map((share) => right(quantile(times, share).toFixed(1))).join("");
  const met = quantile(times, 0.95) <= goalMs;
  return {
    met,
    line: `${name.padEnd(26)}${who.padEnd(12)}${figures}${right(String(goalMs))}${met ? "" : "  MISSED"}`,
  };
}
