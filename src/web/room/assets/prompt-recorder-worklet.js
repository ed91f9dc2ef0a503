/** Hands on all that the microphone hears, as it comes. */
registerProcessor(
  "takes-all",
  class extends AudioWorkletProcessor {
    process([[samples]]) {
      if (samples) this.port.postMessage(samples.slice());
      return true;
    }
  },
);
