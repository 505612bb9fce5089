/**
 * Runs the extension in the real workbench: the suite inside the extension host, then a user's way through the screen.
 * usage: node dist/test/workbench.js [results.json]
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { browserPath } from './browser';
import { bundle, stageExtension, stageWorkspace } from './stage';
import { editorStory } from './ui/editorStory';
import { installedStory } from './ui/installedStory';
import { searchStory } from './ui/searchStory';
import type { Counts } from './ui/story';
import { installServer } from './vscode-server';

/** The suite in desktop VS Code where that can be had, in the stand-in where only a browser is there. */
async function runSuite(temporary: string): Promise<Counts> {
  const results = path.join(temporary, 'suite.json');
  const program = path.join(temporary, 'code');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${bundle('test/code-stand-in.js')}" "$@"\n`);
  chmodSync(program, 0o755);
  const code = await runTests({
    ...(process.platform === 'linux' ? { vscodeExecutablePath: program } : {}),
    extensionDevelopmentPath: stageExtension(path.join(temporary, 'extension'), 'fake'),
    extensionTestsPath: bundle('test/suite.js'),
    launchArgs: [stageWorkspace(path.join(temporary, 'workspace'))],
    extensionTestsEnv: { ADAMSCOPE_RESULTS: results, ADAMSCOPE_FAKE_PAUSE: '15' },
  }).catch((error: Error) => { console.error(error.message); return 1; });
  if (!existsSync(results)) return { passed: 0, failed: 1 };
  const { passed, failed } = JSON.parse(readFileSync(results, 'utf8')) as Counts;
  return { passed, failed: Math.max(failed, Number(code !== 0)) };
}

/** Why nothing can be shown here, or nothing. Elsewhere than on Linux, desktop VS Code is downloaded by the test runner. */
function whatIsMissing(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  if (!browserPath) return 'no Chromium was found (sudo apt-get install chromium)';
  try {
    installServer();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function main(output: string | undefined): Promise<void> {
  const counts: Counts = { passed: 0, failed: 0 };
  const add = ({ passed, failed }: Counts) => { counts.passed += passed; counts.failed += failed; };
  const lack = whatIsMissing();
  if (lack) {
    console.log(`The tests in the real workbench are skipped: ${lack}.`);
  } else {
    const temporary = mkdtempSync(path.join(os.tmpdir(), 'adamscope-workbench-'));
    try {
      add(await runSuite(temporary));
      if (process.platform === 'linux') {
        for (const story of [editorStory, searchStory, installedStory]) add(await story(path.join(temporary, story.name), process.env.ADAMSCOPE_SHOTS));
      }
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  if (output) writeFileSync(output, JSON.stringify(counts));
  console.log(`workbench: ${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

main(process.argv[2]).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
