/** The pretend people of the rehearsal: one of every kind that telephones meet. */
import {
  type Act,
  answer,
  hangUp,
  hear,
  hearOut,
  keepMessage,
  press,
  refuse,
  ring,
  say,
  wait,
} from "./act.ts";
import type { Expected, Person } from "./person.ts";

const nothing: Expected = {
  disposition: "completed",
  rating: null,
  transcriptState: "none",
  shareConsent: null,
  attempts: 1,
  story: [],
};
const person = (tail: string, title: string, expect: Partial<Expected>, ...calls: Act[][]): Person => ({
  number: `+447700900${tail}`,
  title,
  calls,
  expect: { ...nothing, ...expect },
});
const told = (rating: number, shareConsent: boolean | null, ...story: string[]): Partial<Expected> => ({
  rating,
  shareConsent,
  story,
  transcriptState: "done",
});

/** Picks up, says hello, and after the first words presses 1: "I am that person". */
const pickUp: Act[] = [ring(1), answer, say("hello")];
const itIsMe: Act[] = [...pickUp, hear(5), press("1")];
/** Rates as soon as they know how; 1 right is heard out, since the same key before the question never counts. */
const rate = (rating: number): Act[] =>
  rating === 1 ? [hearOut, press("1")] : [hear(4), press(String(rating))];
const thatIsRight: Act[] = [hear(1.5), press("1")];
const toTheTone: Act[] = [hear(3), press("5"), hear(0), wait(1)];
const keepIt: Act[] = [hear(2), press("1")];
const consent = (yes: boolean): Act[] => [hear(3), press(yes ? "1" : "2")];
const tell = (...sounds: string[]): Act[] => [...toTheTone, ...sounds.map(say), wait(0.5), press("#")];
const rater = (rating: number, story: string, yes: boolean): Act[] => [
  ...itIsMe,
  ...rate(rating),
  ...thatIsRight,
  ...tell(story),
  ...keepIt,
  ...consent(yes),
];
const noStory: Act[] = [hear(2), press("#")];

// biome-ignore format: a table, a person a paragraph
export const people: readonly Person[] = [
  person("013", "says nothing", { disposition: "no_response" }, [ring(1), answer]),
  person("009", "asks for a callback, answers it", { ...told(2, true, "story-09"), attempts: 2 },
    [...pickUp, hear(5), press("2"), hearOut, press("1")],
    [...rater(2, "story-09", true), hear(1), hangUp]),
  person("001", "rates 1 and tells", told(1, true, "story-01"), rater(1, "story-01", true)),
  person("023", "a story over the limit, then goes on", told(2, true, "story-long", "story-12"), [
    ...itIsMe, ...rate(2), ...thatIsRight, ...toTheTone, say("story-long"), hear(2), press("1"),
    hear(1), wait(4), say("story-12"), press("#"), ...keepIt, ...consent(true)]),
  person("022", "pauses long, then goes on", told(4, false, "story-pause-1", "story-pause-2"), [
    ...itIsMe, ...rate(4), ...thatIsRight, ...toTheTone, say("story-pause-1"), wait(6.5), say("story-pause-2"), wait(1), press("#"),
    ...keepIt, ...consent(false)]),
  person("024", "hears the story again, keeps it", told(3, true, "story-10"), [
    ...itIsMe, ...rate(3), ...thatIsRight, ...tell("story-10"), hear(2), press("2"), hear(6), press("7"), hear(2), press("1"), ...consent(true)]),
  person("025", "tells it again", told(2, true, "story-11"), [
    ...itIsMe, ...rate(2), ...thatIsRight, ...tell("story-07"), hear(2), press("3"),
    hear(0.5), press("5"), hear(0), wait(1), say("story-11"), press("#"), ...keepIt, ...consent(true)]),
  person("026", "adds to the story", told(5, true, "story-07", "story-08"), [
    ...itIsMe, ...rate(5), ...thatIsRight, ...tell("story-07"), hear(2), press("5"),
    hear(0.5), press("6"), hear(0), wait(1), say("story-08"), press("#"), ...keepIt, ...consent(true)]),
  person("036", "busy at first, then rates", { ...told(4, true, "story-12"), attempts: 2 },
    [refuse(17)],
    rater(4, "story-12", true)),
  person("002", "rates 2 and tells", told(2, true, "story-02"), rater(2, "story-02", true)),
  person("003", "rates 3 and tells", told(3, false, "story-03"), rater(3, "story-03", false)),
  person("004", "rates 4 and tells", told(4, true, "story-04"), rater(4, "story-04", true)),
  person("005", "rates 5 and tells", told(5, false, "story-05"), rater(5, "story-05", false)),
  person("006", "doesn't know, and tells", told(6, true, "story-06"), rater(6, "story-06", true)),
  person("020", "hangs up in the middle of the story", { ...told(2, false, "story-08"), disposition: "partial" }, [
    ...itIsMe, ...rate(2), ...thatIsRight, ...toTheTone, say("story-08"), hangUp]),
  person("027", "deletes the story", { rating: 4 }, [
    ...itIsMe, ...rate(4), ...thatIsRight, ...tell("story-03"), hear(2), press("4")]),
  person("021", "silence instead of a story", { rating: 3 }, [...itIsMe, ...rate(3), ...thatIsRight, ...toTheTone]),
  person("030", "no answer", { disposition: "no_answer" }, [ring(60)]),
  person("014", "wrong keys", { rating: 4 }, [
    ...pickUp, hear(5), press("7"), hear(3), press("0"), hear(3), press("1"), hear(14), press("8"), hear(2), press("4"),
    ...thatIsRight, ...noStory]),
  person("015", "barges in", told(5, false, "story-07"), [
    ...pickUp, hear(0.5), press("1"), hear(0.5), press("5"), hear(0.5), press("1"), hear(0.5), press("6"), hear(0), wait(1),
    say("story-07"), press("#"), hear(0.5), press("1"), hear(0.5), press("2")]),
  person("016", "types ahead", { rating: 2 }, [...pickUp, hear(3), press("121", 350), ...noStory]),
  person("017", "presses one key twice", { rating: 5 }, [
    ...pickUp, hear(4), press("11", 100), hear(4), press("55", 100), hear(1.5), press("11", 100), ...noStory]),
  person("028", "a long hello", { rating: 2 }, [
    ring(1), answer, say("long-hello"), hear(3), press("1"), ...rate(2), ...thatIsRight, ...noStory]),
  person("007", "rates 2 and hangs up", { disposition: "partial", rating: 2 }, [...itIsMe, ...rate(2), hear(2), hangUp]),
  person("008", "declines", { disposition: "declined" }, [...pickUp, hear(5), press("3")]),
  person("010", "never again", { disposition: "opted_out" }, [...pickUp, hear(5), press("9")]),
  person("011", "never again, by mistake", { rating: 3 }, [
    ...itIsMe, hear(2), press("9"), hear(4), press("1"), hear(10), press("3"), ...thatIsRight, ...noStory]),
  person("012", "not that person", { disposition: "wrong_person" }, [...pickUp, hear(5), press("4")]),
  person("018", "hangs up in the greeting", { disposition: "hung_up" }, [...pickUp, hear(3), hangUp]),
  person("019", "hangs up in the question", { disposition: "hung_up" }, [...itIsMe, hear(14), hangUp]),
  person("029", "always busy", { disposition: "busy", attempts: 2 }, [refuse(17)]),
  person("031", "rejects the call", { disposition: "no_answer" }, [ring(2), refuse(21)]),
  person("032", "no such number", { disposition: "invalid_number" }, [refuse(1)]),
  person("033", "congestion", { disposition: "congestion", attempts: 0 }, [refuse(34)]),
  person("034", "voicemail, a long greeting", { disposition: "machine" }, [
    ring(3), answer, wait(0.4), say("voicemail-long"), say("beep"), keepMessage]),
  person("035", "voicemail, a short greeting", { disposition: "machine" }, [
    ring(3), answer, wait(0.4), say("voicemail-short"), say("beep"), keepMessage]),
];
