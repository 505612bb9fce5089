import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { softwareVulkan } from './scripts/vulkan.mjs';

// The processes of the tests inherit it; libraries are looked for when a process starts.
Object.assign(process.env, softwareVulkan());

/** As esbuild's loader "binary" does in the bundles. */
const wasm = {
  name: 'wasm',
  enforce: 'pre',
  load: (id) => (id.endsWith('.wasm') ? `export default new Uint8Array(Buffer.from('${readFileSync(id).toString('base64')}', 'base64'));` : undefined),
};

export default defineConfig({
  plugins: [wasm],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/workbench/**', '**/node_modules/**'],
    // Native sessions and forked engines: a thread pool would share one process, a crash would take every test with it.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    server: { deps: { inline: [/@jsquash/] } },
  },
});
