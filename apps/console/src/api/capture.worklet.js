// Runs in the browser's thread for sound: hands the microphone's samples to the page as they come, and plays nothing.
class Capture extends AudioWorkletProcessor {
  process([[samples]]) {
    if (samples) this.port.postMessage(samples.slice());
    return true;
  }
}
registerProcessor('capture', Capture);
