/** The far end as a process of its own: `main.ts LEDGER SEED`. Says its SIP port, and ends when standard input does. */
import { openLedger } from "./ledger.ts";
import { startExchange } from "./telephone-exchange.ts";

const [file = "", seed = "1"] = process.argv.slice(2);
const exchange = await startExchange(openLedger(file), Number(seed));
process.stdout.write(`${exchange.port}\n`);
process.stdin.on("end", () => {
  exchange.close();
  process.exit(0);
});
process.stdin.resume();
