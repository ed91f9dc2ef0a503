import { systemClock } from "#lib/clock.ts";
import { approvalFor, withApprovals } from "#prompts/accept-sound.ts";
import type { Approval } from "#prompts/manifest.ts";
import { promptStates } from "#prompts/states.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { approvalActs, auditNote, withPromptAudit } from "./prompts-audit.ts";
import { idsFrom, languageFrom, openPrompts } from "./prompts-folder.ts";

export const approve = defineCommand({
  name: "prompts approve",
  summary:
    "Say in somebody's name that stand-ins may be heard by patients: who speaks the language, and has listened.",
  operands: ["[ID...]"],
  options: {
    language: { value: "TAG", help: "such as cy-GB", required: true },
    reviewer: { value: "NAME", help: "who listened to them; kept in the manifest", required: true },
  },
  notes: [
    "Without an ID: all stand-ins of the language. It holds for these very words and this very sound, and no others.",
    auditNote,
  ].join("\n"),
  examples: [
    "hearback prompts approve --language cy-GB --reviewer 'Nia Example'",
    "hearback prompts approve hello --language cy-GB --reviewer 'Nia Example'",
  ],
  run: async (ids, given, io) => {
    const { shelf, files, manifest } = await openPrompts(io);
    const language = languageFrom(manifest, given.language);
    const states = promptStates(files, manifest).get(language)!;
    const wanted = idsFrom(manifest, ids).map((id) => ({ id, state: states.get(id)! }));
    const chosen = wanted.filter(
      ({ state }) => (ids.length > 0 || !state.fitForPatients) && state.kind !== "missing",
    );
    const at = systemClock.now();
    const approvals = chosen.flatMap(({ id, state }): [string, Approval][] => {
      const approval = state.kind === "changed" ? null : approvalFor(state, given.reviewer, at);
      return approval ? [[id, approval]] : [];
    });
    if (approvals.length > 0) {
      const approved = new Map(approvals);
      await withPromptAudit(io, (change) =>
        change(approvalActs(language, given.reviewer, approved), () =>
          shelf.write(withApprovals(files, language, approved)),
        ),
      );
    }
    const left = wanted.filter(
      ({ id, state }) => !state.fitForPatients && !approvals.some(([done]) => done === id),
    );
    say(io.stdout, `${approvals.length} prompts in ${language} are approved by ${given.reviewer}.`);
    for (const { id, state } of left)
      say(
        io.stderr,
        `not approved: ${id}: ${state.kind === "changed" ? "it says other words than the manifest" : "it has no sound"}`,
      );
    return left.length > 0 ? 1 : 0;
  },
});
