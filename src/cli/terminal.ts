/**
 * The first Ctrl-C (or SIGTERM) asks for an orderly end; the second ends at once.
 */
export function abortOnSignals(program: NodeJS.Process): AbortSignal {
  const asked = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (asked.signal.aborted) program.exit(130);
    program.stderr.write("Stopping; press Ctrl-C again to stop at once.\n");
    asked.abort(new Error(`stopped by ${signal}`));
  };
  program.on("SIGINT", onSignal);
  program.on("SIGTERM", onSignal);
  return asked.signal;
}

/** `hearback results | head` ends quietly when head has seen enough. */
export function forgiveClosedPipe(output: NodeJS.WriteStream): void {
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
