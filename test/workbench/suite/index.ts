/** Runs inside the extension host: VS Code calls `run`. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', timeout: 30_000, reporter: 'spec', color: false });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  // The files call `suite` and `test` when they are loaded, which has to be after `pre-require` has made them.
  require('./training.test');
  require('./runFile.test');
  require('./runs.test');
  return new Promise((resolve, reject) => {
    let passed = 0, failed = 0;
    mocha.run((failures) => {
      if (process.env.ADAMSCOPE_RESULTS) writeFileSync(process.env.ADAMSCOPE_RESULTS, JSON.stringify({ passed, failed }));
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    }).on('pass', () => passed++).on('fail', () => failed++);
  });
}
