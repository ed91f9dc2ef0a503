import { expect, it } from "vitest";
import { makeAttempt } from "#campaign/attempt.ts";
import { longestCallSeconds } from "#campaign/longest-call.ts";
import { answered, campaignOf, FakeLine, setUp } from "./dialer-fakes.ts";

it("a call has the time of all the talks that a flow may lead to, and is hung up soon after", async () => {
  const { addCampaign, clock, ledger, log, telephone } = setUp();
  const line = new FakeLine();
  telephone.answerAll = async () => answered(line);
  const campaign = campaignOf("c", { transfers: { desk: { number: "+441632960123", talkMinutes: 30 } } });
  addCampaign(campaign, 1);
  const [attempt] = await ledger.claim(campaign, 1);
  const parts = {
    ...{
      ledger,
      telephone,
      clock,
      log,
      allowNumbers: new Set<string>(),
      giveUp: new AbortController().signal,
    },
    ...{ runCall: () => new Promise<never>(() => {}), dispositionOf: () => "no_answer" as const },
    ...{ whyNot: () => null, onEvent: () => {} },
  };
  const made = makeAttempt(parts, campaign, attempt!);
  const seconds = longestCallSeconds(campaign.settings);
  await clock.advance((seconds + 3 * (30 * 60 + seconds)) * 1000);
  expect(line.hungUp).toBe(0);
  await clock.advance(60_000);
  expect(line.hungUp).toBe(1);
  await made;
});
