/** Numbers whose count isn't known beforehand. */
export class GrowingFloats {
  private floats = new Float32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.floats.length) {
      const larger = new Float32Array(this.floats.length * 2);
      larger.set(this.floats);
      this.floats = larger;
    }
    this.floats[this.length++] = value;
  }

  toArray(): Float32Array {
    return this.floats.slice(0, this.length);
  }
}
