/** Records in the browser, as WAV: the sound as the microphone gives it, without the browser's own improvements. */

const part = document.querySelector("[data-recorder]");
const form = document.querySelector("[data-upload]");
const mostSeconds = 30;

if (part && form && navigator.mediaDevices?.getUserMedia && window.AudioContext) {
  const [begin, end, said, heard] = ["begin", "end", "said", "heard"].map((name) =>
    part.querySelector(`[data-${name}]`),
  );
  part.hidden = false;
  let stop = null;

  begin.addEventListener("click", async () => {
    begin.disabled = true;
    try {
      stop = await record((seconds) => {
        part.dataset.seconds = Math.floor(seconds);
        if (seconds >= mostSeconds) finish();
      });
      said.textContent = "Recording. Speak now.";
      end.hidden = false;
      end.focus();
    } catch {
      said.textContent =
        "There is no microphone that this page may use. Allow it in the browser, or choose a file below.";
      begin.disabled = false;
    }
  });

  end.addEventListener("click", finish);

  async function finish() {
    if (!stop) return;
    const ending = stop;
    stop = null;
    const file = new File([wavOf(await ending())], "recording.wav", { type: "audio/wav" });
    const files = new DataTransfer();
    files.items.add(file);
    form.elements.recording.files = files.files;
    heard.src = URL.createObjectURL(file);
    heard.hidden = false;
    end.hidden = true;
    begin.disabled = false;
    begin.textContent = "Record it again";
    begin.focus();
    said.textContent = "Recorded. Listen to it, then put it into the draft, or record it again.";
  }
}

/** @returns what ends it and gives the sound */
async function record(onSeconds) {
  const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const context = new AudioContext();
  await context.audioWorklet.addModule("/assets/prompt-recorder-worklet.js");
  const node = new AudioWorkletNode(context, "takes-all", { numberOfOutputs: 0 });
  const pieces = [];
  let length = 0;
  node.port.onmessage = ({ data }) => {
    pieces.push(data);
    length += data.length;
    onSeconds(length / context.sampleRate);
  };
  context.createMediaStreamSource(stream).connect(node);
  return async () => {
    for (const track of stream.getTracks()) track.stop();
    const { sampleRate } = context;
    await context.close();
    return { sampleRate, pieces, length };
  };
}

function wavOf({ sampleRate, pieces, length }) {
  const view = new DataView(new ArrayBuffer(44 + 2 * length));
  const text = (at, word) =>
    [...word].forEach((letter, i) => {
      view.setUint8(at + i, letter.charCodeAt(0));
    });
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * length, true);
  let at = 44;
  for (const piece of pieces)
    for (const sample of piece) {
      view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true);
      at += 2;
    }
  return view.buffer;
}
