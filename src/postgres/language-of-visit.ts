/**
 * SQL: in which language the next call to a visit begins: of a promised one, what was chosen by key when it was asked
 * for; else the list's, or null for the campaign's.
 */
export const languageOfVisit = (visitId: string, listed: string): string =>
  `coalesce((select one.flow_state ->> 'language' from callback b join call one on one.id = b.call_id
    where b.visit_id = ${visitId} and b.state = 'promised'), ${listed})`;
