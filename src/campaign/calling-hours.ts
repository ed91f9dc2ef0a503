/** When telephones may ring. Local times in an IANA zone, so that both DST changes come out right. */
export interface CallingHours {
  timeZone: string;
  /** 1 Monday to 7 Sunday (ISO 8601); a missing day is closed. Times as "HH:MM", the end not included. */
  days: Partial<Record<1 | 2 | 3 | 4 | 5 | 6 | 7, [from: string, to: string]>>;
  /** Local dates "YYYY-MM-DD" on which nobody is called, such as public holidays. */
  closedOn: string[];
}

/** A span of time in which ringing is permitted; `to` is not included. */
export interface PermittedSpan {
  from: Date;
  to: Date;
}
