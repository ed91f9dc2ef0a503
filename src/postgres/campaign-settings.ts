import { z } from "zod";
import type { CampaignSettings } from "#campaign/campaign.ts";
import { AppError } from "#lib/errors.ts";

const e164 = z.string().regex(/^\+[1-9]\d{6,14}$/, "not an E.164 number");
const localTime = z.string().regex(/^([01]\d|2[0-4]):[0-5]\d$/, 'not a time as "HH:MM"');
const minutes = z.number().min(0);
const day = z.exactOptional(z.tuple([localTime, localTime]));
const promptId = z.string().regex(/^[a-z0-9-]{1,64}$/, "not a prompt id");

const callingHours = z.strictObject({
  timeZone: z.string().min(1),
  days: z.strictObject({ 1: day, 2: day, 3: day, 4: day, 5: day, 6: day, 7: day }),
  closedOn: z.array(z.iso.date()),
});

const retryPolicy = z.strictObject({
  maxAttempts: z.int().min(1),
  afterMinutes: z.strictObject({
    busy: z.exactOptional(minutes),
    no_answer: z.exactOptional(minutes),
    machine: z.exactOptional(minutes),
    congestion: z.exactOptional(minutes),
    interrupted: z.exactOptional(minutes),
  }),
});

const settings: z.ZodType<CampaignSettings> = z.strictObject({
  flow: z.string().min(1),
  language: z.string().min(1),
  spokenName: promptId,
  callerNumber: e164,
  ringBackNumber: e164,
  callingHours,
  retryPolicy,
  maxCalls: z.int().min(1),
  callsPerSecond: z.number().positive(),
  ringSeconds: z.number().min(15),
  storyLimitSeconds: z.number().positive(),
  callbacks: z.strictObject({
    offerAfterSeconds: z.exactOptional(z.array(z.number().positive())),
    tryAgainAfterMinutes: minutes,
  }),
});

/** @throws AppError `campaign_settings`, naming every wrong setting, never its value */
export function parseCampaignSettings(value: unknown, campaign: string): CampaignSettings {
  const parsed = settings.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${path.join(".") || "settings"}: ${message}`,
  );
  throw new AppError("campaign_settings", `The campaign's settings are wrong:\n  ${faults.join("\n  ")}`, {
    campaign,
  });
}
