import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/workbench/**', '**/node_modules/**'],
    // Native sessions and forked engines: a thread pool would share one process, a crash would take every test with it.
    pool: 'forks',
    testTimeout: 60_000,
  },
});
