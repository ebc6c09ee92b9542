/** Where a square that hides part of an image can stand. */
export interface OcclusionPlan {
  /** [height, width, channels]. */
  shape: readonly number[];
  /** Side of the square, in pixels. */
  window: number;
  /** Upper left corners, [row, column]: a grid in steps of the stride, and once more at the lower and the right edge where it doesn't end there. */
  corners: [number, number][];
}

/** @param window Side of the square, at most the image's. @param stride Pixels from one place to the next. */
export function planOcclusion(shape: readonly number[], window: number, stride: number): OcclusionPlan {
  const [height = 0, width = 0] = shape;
  const columns = steps(width, window, stride);
  return { shape, window, corners: steps(height, window, stride).flatMap((row) => columns.map((column): [number, number] => [row, column])) };
}

function steps(side: number, window: number, stride: number): number[] {
  const last = side - window;
  const regular = Array.from({ length: Math.floor(last / stride) + 1 }, (_, index) => index * stride);
  return regular.at(-1) === last ? regular : [...regular, last];
}

/** Copies of an image, each with the square at one place filled. @param fill One value a channel. @returns [places, ...shape], flat. */
export function occluded(image: ArrayLike<number>, { shape, window }: OcclusionPlan, corners: readonly [number, number][], fill: readonly number[]): Float32Array {
  const [height = 0, width = 0, channels = 0] = shape;
  const size = height * width * channels;
  const square = Float32Array.from({ length: window * channels }, (_, at) => fill[at % channels] ?? 0);
  const all = new Float32Array(corners.length * size);
  corners.forEach(([row, column], index) => {
    all.set(image, index * size);
    for (let y = row; y < row + window; y += 1) all.set(square, index * size + (y * width + column) * channels);
  });
  return all;
}

/**
 * What is lost where a part of the image is hidden (Zeiler and Fergus, 2014): for each pixel the mean over the squares that cover it.
 *
 * @param losses One a corner of the plan. @returns [height, width], flat; 0 where no square came.
 */
export function occlusionMap({ shape, window, corners }: OcclusionPlan, losses: ArrayLike<number>): Float32Array {
  const [height = 0, width = 0] = shape;
  const sums = new Float64Array(height * width);
  const counts = new Uint32Array(height * width);
  corners.forEach(([row, column], index) => {
    for (let y = row; y < row + window; y += 1) {
      for (let x = column; x < column + window; x += 1) {
        sums[y * width + x]! += losses[index] ?? 0;
        counts[y * width + x]! += 1;
      }
    }
  });
  return Float32Array.from(sums, (sum, at) => (counts[at] ? sum / counts[at] : 0));
}

/**
 * Evidence for a class against all others, log(p / (1 - p)) of its softmax p, from the logits: what it loses when part of an input is hidden is that
 * part's weight of evidence (Robnik-Sikonja and Kononenko, 2008). Unlike p itself it still tells parts apart where the network is sure.
 */
export function logOdds(logits: ArrayLike<number>, index: number): number {
  const others = Array.from(logits).filter((_, at) => at !== index);
  const most = Math.max(...others);
  return (logits[index] ?? 0) - most - Math.log(others.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
}
