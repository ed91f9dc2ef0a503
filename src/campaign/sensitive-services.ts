/** A service about which a trust does not ring: the question would wound (a miscarriage, a death, a safeguarding case). */
export interface SensitiveService {
  id: string;
  trust: string;
  /** Patterns: small and capital letters are one, "*" stands for any text; null fits everything. At least one is given. */
  site: string | null;
  ward: string | null;
  service: string | null;
  reason: string;
  addedAt: Date;
  removedAt: Date | null;
}

export type NewSensitiveService = Omit<SensitiveService, "id" | "addedAt" | "removedAt">;

/** The trust's table. */
export interface SensitiveServices {
  add(service: NewSensitiveService): Promise<SensitiveService>;
  /** Those that stand; with `removed`, those that stood once too. In the order in which they came. */
  list(options: { removed: boolean }): Promise<SensitiveService[]>;
  /** Visits that were done with for its sake stay so. @throws AppError `sensitive_missing` */
  remove(id: string): Promise<SensitiveService>;
}
