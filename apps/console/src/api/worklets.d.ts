/** The address of a script for an AudioWorklet, which the build puts beside the page's own. */
declare module '*.worklet.js' {
  const address: string;
  export default address;
}
