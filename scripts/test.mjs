// Every check in one command: types, lint, unit and integration tests, and the extension in the real workbench. Ends with "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const results = mkdtempSync(path.join(tmpdir(), 'adamscope-test-'));
const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0;
const bin = (name) => path.join('node_modules', name);

/** A check that is right or wrong as a whole. */
const single = (ok) => ({ passed: Number(ok), failed: Number(!ok) });

/** Counts that a test runner wrote; a runner that wrote none has failed. */
function counted(file, ok, read) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const { passed, failed } = read(JSON.parse(readFileSync(file, 'utf8')));
  return { passed, failed: Math.max(failed, Number(!ok)) };
}

const checks = {
  types: () => single(node(bin('typescript/bin/tsc'), '--noEmit', '-p', '.')),
  lint: () => single(node(bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0')),
  unit() {
    const file = path.join(results, 'unit.json');
    const ok = node(bin('vitest/vitest.mjs'), 'run', '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`);
    return counted(file, ok, ({ numPassedTests, numFailedTests, numFailedTestSuites }) => ({ passed: numPassedTests, failed: Math.max(numFailedTests, numFailedTestSuites && !numFailedTests ? 1 : 0) }));
  },
  workbench() {
    const file = path.join(results, 'workbench.json');
    const ok = node('dist/test/workbench.js', file);
    return counted(file, ok, (counts) => counts);
  },
};

let passed = 0;
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const start = Date.now();
  console.log(`\n== ${name}`);
  const counts = check();
  passed += counts.passed;
  failed += counts.failed;
  console.log(`== ${name}: ${counts.passed} passed, ${counts.failed} failed, ${((Date.now() - start) / 1000).toFixed(0)} s`);
}
rmSync(results, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
