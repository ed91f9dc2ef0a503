/** How soon, and how often, a visit is tried again. Minutes; a disposition without an entry is not retried. */
export interface RetryPolicy {
  maxAttempts: number;
  afterMinutes: Partial<Record<"busy" | "no_answer" | "machine" | "congestion" | "interrupted", number>>;
}
