/** What a page's HTML says, and what its forms hold, as somebody without a script reads it. */

export const plain = (html: string): string =>
  html
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&#92;", "\\")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** Its words, with one space between them; what stands in text fields is left out. */
export const tight = (html: string): string =>
  plain(html.replace(/<(script|style|textarea)[\s\S]*?<\/\1>/g, "").replace(/<[^>]+>/g, " ")).replace(
    /\s+/g,
    " ",
  );

/** Of its first text field. */
export const typedIn = (html: string): string =>
  plain(/<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec(html)?.[1] ?? "");

/** "" where it has none of that name. */
export const hidden = (html: string, name: string): string =>
  plain(new RegExp(`type="hidden" name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "");

export const links = (html: string): string[] =>
  [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => plain(href!));
