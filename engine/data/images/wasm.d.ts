/** The bytes of a module, put into the bundle by esbuild and into the tests by vitest.config.mjs. */
declare module '*.wasm' {
  const bytes: Uint8Array;
  export default bytes;
}
