/** The importer speaks to people at a terminal, who have options; on the page they have fields. */
export const inPageWords = ({ fault, remedy }: { fault: string; remedy: string }) => ({
  fault: plain(fault),
  remedy: plain(remedy),
});

const plain = (text: string): string =>
  text
    .replace(/keep it with --keep (.+?),/, "write $1 into “Columns to keep”,")
    .replace("--keep names it", "“Columns to keep” names it")
    .replace(", or import it with --encoding windows-1252", "")
    .replace(/ and those named with --allow-number$/, "")
    .replace(", or name this one with --allow-number", "");
