/** A link by which somebody sets a password: for a new account, or for one whose password or telephone was lost. */
export const invitationDays = 7;

export const invitationEnds = (now: Date): Date => new Date(now.getTime() + invitationDays * 86_400_000);

/** One-use links sign in without a password: they are for rehearsals, and short-lived there. */
export const linkGoodForMs = 3_600_000;

export const linkEnds = (now: Date): Date => new Date(now.getTime() + linkGoodForMs);
