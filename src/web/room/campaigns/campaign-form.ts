/** The form of a new campaign: from its fields to settings, and from what is wrong with those back to the fields. */
import { cannotSay, type Voice } from "#call/cannot-say.ts";
import { remedies } from "#call/remedies.ts";
import type { CallingHours, Weekday } from "#campaign/calling-hours.ts";
import { defaultCallingHours } from "#campaign/calling-hours.ts";
import type { NewCampaign } from "#campaign/campaign.ts";
import { checkSettings, type SettingFault } from "#campaign/campaign-settings.ts";
import { defaultRetryPolicy } from "#campaign/retry-policy.ts";

export const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** What stands in each field, by its name; what was not sent is empty. */
export type Fields = Record<string, string>;

/** By the field beside which it is told. */
export interface FieldFault {
  field: string;
  text: string;
}

/** The settings whose defaults are the domain's own (campaign-settings.ts), read from it. */
function defaults(): Fields {
  const checked = checkSettings({});
  if ("faults" in checked) throw new Error("the defaults of a campaign do not hold");
  const { maxCalls, callsPerSecond, ringSeconds, storyLimitSeconds, expiresAfterDays, flow, ...more } =
    checked.settings;
  const { spokenName, contactBudget } = more;
  const numbers = { maxCalls, callsPerSecond, ringSeconds, storyLimitSeconds, expiresAfterDays };
  return {
    ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)])),
    ...{ flow, spokenName, holidays: defaultCallingHours.holidays ?? "none", unit: "all" },
    ...{ budgetSurveys: String(contactBudget?.surveys), budgetDays: String(contactBudget?.days) },
    maxAttempts: String(defaultRetryPolicy.maxAttempts),
    afterBusy: String(defaultRetryPolicy.afterMinutes.busy),
    afterNoAnswer: String(defaultRetryPolicy.afterMinutes.no_answer),
    ...Object.fromEntries(
      Object.entries(defaultCallingHours.days).flatMap(([day, [from, to]]) => [
        [`from${day}`, from],
        [`to${day}`, to],
      ]),
    ),
  };
}

/** As the form is first shown. @param trust the one they coordinate; empty where there are several */
export const emptyForm = (trust: string): Fields => ({ ...defaults(), trust });

/** Which setting each field is of. */
const fieldOf: Record<string, string> = {
  "retryPolicy.maxAttempts": "maxAttempts",
  "retryPolicy.afterMinutes.busy": "afterBusy",
  "retryPolicy.afterMinutes.no_answer": "afterNoAnswer",
  "contactBudget.surveys": "budgetSurveys",
  "contactBudget.days": "budgetDays",
};

/** How the domain's own words are told beside a field: its faults of hours name the day by its number. */
function fieldFault({ path, message }: SettingFault): FieldFault {
  const [, day] = /^day ([1-7]): /.exec(message) ?? [];
  if (path === "callingHours" && day)
    return { field: `from${day}`, text: `${weekdays[Number(day) - 1]}: ${message.slice("day 1: ".length)}` };
  if (path === "callingHours")
    return {
      field: message.startsWith("closedOn") ? "closedOn" : "from1",
      text: sentence(message.replace(/^closedOn: /, "")),
    };
  return { field: fieldOf[path] ?? path, text: sentence(bounds(message)) };
}

/** The schema's words for numbers out of bounds, in ours; and here is no row that could be left out. */
const bounds = (message: string): string =>
  message
    .replace(/[;,]? (?:or )?leave the row out.*$/, "")
    .replace(/^Too small: expected \w+ to be >=?(\d+)$/, (all, least) =>
      all.includes(">=") ? `must be ${least} or more` : `must be more than ${least}`,
    )
    .replace(/^Too big: expected \w+ to be <=(\d+)$/, "must be $1 or less")
    .replace(/^Invalid input: expected int.*$/, "must be a whole number, for example 10")
    .replace(/^Invalid input: expected number.*$/, "must be a number, for example 10");

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface Read {
  campaign: NewCampaign | null;
  faults: FieldFault[];
}

/** @param trusts those that whoever asks coordinates */
export function readCampaignForm(
  fields: Fields,
  { voice, trusts }: { voice: Voice; trusts: readonly string[] },
): Read {
  const { name = "", trust = "", unit = "" } = trimmed(fields);
  const faults: FieldFault[] = [];
  if (name === "") faults.push({ field: "name", text: "Enter a name for the campaign" });
  else if (name.length > 100)
    faults.push({ field: "name", text: "The name must be 100 characters or fewer" });
  else if (/[/\p{Cc}]/u.test(name))
    faults.push({ field: "name", text: "The name must not have a slash or a control character" });
  if (!trusts.includes(trust)) faults.push({ field: "trust", text: "Select one of your trusts" });
  if (unit === "" || unit.length > 100)
    faults.push({
      field: "unit",
      text: "Enter the part of the trust, for example all, in 100 characters or fewer",
    });
  if ((fields.callerNumber ?? "").trim() === "")
    faults.push({ field: "callerNumber", text: "Enter the number that people’s telephones will show" });
  const checked = checkSettings(settingsOf(trimmed(fields)));
  if ("faults" in checked) return { campaign: null, faults: [...faults, ...checked.faults.map(fieldFault)] };
  const { settings } = checked;
  faults.push(
    ...cannotSay(settings, voice, { forPatients: false, toldOn: "page" }).map((text) =>
      unspoken(text, settings.spokenName),
    ),
  );
  if (faults.length > 0) return { campaign: null, faults };
  return { campaign: { name, trust, unit, rehearsal: false, settings }, faults };
}

const offerNot = remedies.page.offerNot("").trimEnd();

const unspoken = (text: string, spokenName: string): FieldFault => ({
  field: text.includes(`"${spokenName}"`)
    ? "spokenName"
    : text.includes(remedies.page.storyLimit)
      ? "storyLimitSeconds"
      : text.includes(offerNot)
        ? "offerLanguage"
        : "flow",
  text: sentence(text),
});

const trimmed = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, text.trim()]));

/** An empty field is as if it had not been given: the domain's default, or no limit. */
function settingsOf(fields: Fields): unknown {
  const given = (name: string): string | undefined => fields[name] || undefined;
  const number = (name: string): number | string | undefined => {
    const text = given(name);
    return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  };
  const { busy, no_answer, ...otherWaits } = defaultRetryPolicy.afterMinutes;
  const noBudget = !given("budgetSurveys") && !given("budgetDays");
  return {
    ...{ flow: given("flow"), spokenName: given("spokenName") },
    offerLanguages: [given("offerLanguage")].flatMap((language) => language ?? []),
    ...{ callerNumber: given("callerNumber"), ringBackNumber: given("ringBackNumber") },
    callingHours: {
      days: daysOf(fields),
      closedOn: (fields.closedOn ?? "").split(/[\s,;]+/).filter(Boolean),
      holidays: fields.holidays === "none" ? null : given("holidays"),
    },
    retryPolicy: {
      maxAttempts: number("maxAttempts"),
      afterMinutes: {
        ...otherWaits,
        busy: number("afterBusy") ?? busy,
        no_answer: number("afterNoAnswer") ?? no_answer,
      },
    },
    ...{ maxCalls: number("maxCalls"), callsPerSecond: number("callsPerSecond") },
    ...{ ringSeconds: number("ringSeconds"), storyLimitSeconds: number("storyLimitSeconds") },
    contactBudget: noBudget ? null : { surveys: number("budgetSurveys"), days: number("budgetDays") },
    ...{ maxCallsADay: number("maxCallsADay") ?? null, expiresAfterDays: number("expiresAfterDays") },
  };
}

/** "9:00" is 09:00; a day without times is closed. */
function daysOf(fields: Fields): CallingHours["days"] {
  const time = (name: string): string =>
    (fields[name] ?? "")
      .replace(".", ":")
      .replace(/^(\d):/, "0$1:")
      .replace(/^(\d\d?)$/, (hour) => `${hour.padStart(2, "0")}:00`);
  const open = weekdays.flatMap((_, index): [Weekday, [string, string]][] => {
    const day = (index + 1) as Weekday;
    const [from, to] = [time(`from${day}`), time(`to${day}`)];
    return from === "" && to === "" ? [] : [[day, [from, to]]];
  });
  return Object.fromEntries(open);
}
