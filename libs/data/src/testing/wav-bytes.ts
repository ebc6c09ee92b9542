/** A WAV file of 16-bit samples, the same on each channel. */
export function wavBytes(samples: Int16Array, { sampleRate = 8000, channels = 1 } = {}): Buffer {
  const bytes = Buffer.alloc(44 + samples.length * channels * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * channels * 2, 28);
  bytes.writeUInt16LE(channels * 2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * channels * 2, 40);
  samples.forEach((sample, at) => {
    for (let channel = 0; channel < channels; channel++) bytes.writeInt16LE(sample, 44 + 2 * (at * channels + channel));
  });
  return bytes;
}
