/** SQL: the release of a visit's first answered call, which its later calls keep; null: none, or it was rolled back. */
export const releaseOfVisit = (visitId: string): string =>
  `(select one.release from call one join housekeeping.release r on r.number = one.release and r.state <> 'withdrawn'
    where one.visit_id = ${visitId} order by one.answered_at, one.id limit 1)`;

/** SQL: stands for the person where canaries are drawn (release/arm.ts), and for nobody else. */
export const lotOf = (personHmac: string): string => `encode(substring(${personHmac} for 8), 'hex')`;
