const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand in HTML, between tags and inside quotes. */
export const escaped = (raw: string): string => raw.replace(/[&<>"']/g, (sign) => entities[sign]!);
