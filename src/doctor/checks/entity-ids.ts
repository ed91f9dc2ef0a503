import { askAri } from "#doctor/ask-ari.ts";
import { defineCheck, type Finding, fault, ok } from "#doctor/check.ts";

/** Asterisk's own ids must differ: by them the nodes are told apart, and one that is there twice is never dialled on. */
export const entityIds = defineCheck({
  name: "entityid",
  needs: ["nodes"],
  run: async ({ nodes }, signal) => {
    if (nodes.length === 1) return [];
    const told = await Promise.all(
      nodes.map(async (node) => {
        const answer = await askAri(node, "asterisk/info", signal).catch(() => null);
        const { system } = (answer?.body ?? {}) as { system?: { entity_id?: string } };
        return { name: node.name, id: system?.entity_id };
      }),
    );
    const known = told.filter(({ id }) => id !== undefined);
    const shared = [...Map.groupBy(known, ({ id }) => id)].filter(([, same]) => same.length > 1);
    if (shared.length === 0) return [ok(`${known.length} of ${nodes.length} tell theirs, all different`)];
    return shared.map(([id, same]): Finding => {
      const names = same.map(({ name }) => name).join(" and ");
      return fault(
        `${names} have one entityid (${id}): only one of them is used`,
        "set entityid in asterisk.conf under [options], to another value for each; or is it one Asterisk, listed twice?",
      );
    });
  },
});
