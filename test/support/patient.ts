/** For vitest's waits, which give up after 1 s: a machine that stands still for some seconds has done nothing wrong. */
export const patient = { timeout: 20_000 };
