/** The whole job with the extension as it is shipped: the VSIX is built and installed, its own engine trains. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readFindings, readResult, runsFolder } from '../../../engine/run/folder';
import { root } from '../stage';
import { installExtension } from '../vscode-server';
import { play, until, type Counts, type Scene } from './story';

const faulty = 'learning-rate-too-large.train.json';
/** A fault that is repaired in seconds. */
const small = `// The rate is a thousand times too large.
{
  "model": { "layers": [{ "dense": 16 }, "relu", { "dense": 10 }] },
  "data": { "train": { "csv": "digits.csv", "label": "target" }, "validation": 0.2, "transforms": [{ "scale": { "from": [0, 16], "to": [0, 1] } }] },
  "loss": "crossEntropy",
  "optimizer": { "type": "adam", "learningRate": 1 },
  "epochs": 4,
  "seed": 0
}
`;
const megabyte = 1 << 20;

/** The newest run of the workspace. */
function newestRun(workspace: string): string {
  const runs = runsFolder(workspace);
  return path.join(runs, readdirSync(runs).sort().at(-1)!);
}

const scenes: Scene[] = [
  ['a run file is made from a CSV file', async ({ workbench, workspace }) => {
    await workbench.command('Adamscope: Create Run File');
    await workbench.pick('digits.csv');
    await workbench.pick('target');
    await workbench.page.locator('.tab.active', { hasText: 'digits.train.json' }).waitFor();
    await workbench.line('"label": "target"').waitFor();
    // Long enough to be watched.
    const file = path.join(workspace, 'digits.train.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"epochs": 20', '"epochs": 2000'));
    await workbench.line('"epochs": 2000').waitFor();
  }],
  ['it trains from the palette, the loss beside its key', async ({ workbench }) => {
    await workbench.command('Adamscope: Train');
    await workbench.lens('Stop').waitFor();
    await workbench.statusBar(/epoch \d/).waitFor({ timeout: 60_000 });
    await until(async () => /\d/.test((await workbench.inlineResult('"loss"')) ?? ''), 'no value stands beside the loss');
  }],
  ['the charts of the dashboard move with the run', async ({ workbench }) => {
    await workbench.command('Adamscope: Open Dashboard');
    const chart = workbench.dashboard().locator('canvas').first();
    await chart.waitFor({ timeout: 60_000 });
    const picture = () => chart.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const before = await picture();
    await until(async () => (await picture()) !== before, 'the chart does not move', 30);
    await workbench.shot('installed-1-training');
  }],
  ['Stop ends it where it can be resumed', async ({ workbench, workspace }) => {
    await workbench.command('Adamscope: Stop');
    await workbench.lens('Resume').waitFor({ timeout: 60_000 });
    await until(() => readResult(newestRun(workspace))?.status === 'stopped', 'the run was not stopped');
  }],
  ['a learning rate that is too large is a squiggle on its value', async ({ workbench }) => {
    await workbench.command('View: Close All Editors');
    await workbench.openFile(faulty);
    await workbench.lens('Train').waitFor();
    await workbench.command('Adamscope: Train');
    await workbench.squiggle('warning').waitFor({ timeout: 60_000 });
    await workbench.lens('Clear').waitFor({ timeout: 120_000 });
    if (!(await workbench.isUnder(workbench.squiggle('warning'), '"learningRate"', '0.1'))) throw new Error('the squiggle is not under the value of learningRate');
    await workbench.shot('installed-2-finding');
  }],
  ['Verify says what it will cost, then shows both curves and the verdict', async ({ workbench }) => {
    await workbench.command('Adamscope: Open Dashboard');
    const remedy = workbench.dashboard().locator('.remedy').first();
    await remedy.getByRole('button', { name: 'Verify' }).click();
    const dialog = workbench.page.locator('.monaco-dialog-box');
    await dialog.getByText(/\d+ runs of at most \d+ steps, about/).waitFor();
    await workbench.shot('installed-3-plan');
    await dialog.getByRole('button', { name: 'Verify' }).click();
    await remedy.locator('.verdict.helps').waitFor({ timeout: 120_000 });
    if ((await remedy.locator('figure.verification svg path, figure.verification svg polyline').count()) < 2) throw new Error('the two curves are not drawn');
    await workbench.shot('installed-4-verified');
    await workbench.command('View: Close All Editors');
    await workbench.openFile(faulty);
    await workbench.squiggle('warning').waitFor();
  }],
  ['the Quick Fix states the new value, changes nothing else and keeps the comments', async ({ workbench, workspace }) => {
    const before = readFileSync(path.join(workspace, faulty), 'utf8');
    const menu = await workbench.quickFixes('"learningRate"', '0.1');
    const fix = menu.locator('.monaco-list-row', { hasText: 'Set learningRate to' }).first();
    const value = /Set learningRate to (\S+) \(was 0\.1\)/.exec(((await fix.textContent()) ?? '').replace(/\u00a0/g, ' '))?.[1];
    if (value === undefined) throw new Error('the fix does not state the new value');
    await workbench.shot('installed-5-quick-fix');
    await fix.click();
    await workbench.line(`"learningRate": ${value}`).waitFor();
    await workbench.page.keyboard.press('Control+S');
    const after = before.replace('"learningRate": 0.1', `"learningRate": ${value}`);
    await until(() => readFileSync(path.join(workspace, faulty), 'utf8') === after, 'the file on disk is not the old one with the new value');
  }],
  ['trained again, it learns and no warning is left', async ({ workbench, workspace }) => {
    const first = newestRun(workspace);
    await workbench.command('Adamscope: Train');
    await until(() => newestRun(workspace) !== first && readResult(newestRun(workspace)) !== undefined, 'the second run did not end', 120);
    await workbench.lens('Clear').waitFor({ timeout: 60_000 });
    const { status, validation } = readResult(newestRun(workspace))!;
    if (status !== 'finished' || !((validation as { accuracy?: number } | undefined)?.accuracy! > 0.9)) throw new Error(`${status} with ${JSON.stringify(validation)}`);
    const faults = readFindings(newestRun(workspace))!.filter(({ severity }) => severity !== 'information');
    if (faults.length > 0) throw new Error(`faults are left: ${faults.map(({ title }) => title).join(', ')}`);
    await until(async () => (await workbench.page.locator('.squiggly-warning, .squiggly-error').count()) === 0, 'a squiggle is left');
    await workbench.shot('installed-6-mended');
  }],
  ['Preview Data shows what the run file reads', async ({ workbench }) => {
    await workbench.command('Adamscope: Preview Data');
    await workbench.dashboard().getByText('1,438').first().waitFor({ timeout: 60_000 });
    await workbench.shot('installed-7-data');
    await workbench.command('View: Close All Editors');
  }],
  ['Evaluate Run shows the classes and the worst samples', async ({ workbench }) => {
    await workbench.openFile(faulty);
    await workbench.command('Adamscope: Evaluate Run');
    await workbench.dashboard().getByText('Confusion matrix').waitFor({ timeout: 60_000 });
    await workbench.dashboard().locator('.sample img').first().waitFor();
    await workbench.shot('installed-8-evaluation');
    await workbench.command('View: Close All Editors');
  }],
  ['Fix Run File opens what it repaired beside the file, which stays as it is', async ({ workbench, workspace }) => {
    await workbench.openFile('small.train.json');
    await workbench.lens('Train').waitFor();
    await workbench.command('Adamscope: Train');
    await workbench.lens('Clear').waitFor({ timeout: 60_000 });
    await workbench.command('Adamscope: Fix Run File');
    await workbench.page.locator('.tab.active', { hasText: 'as it is, repaired' }).waitFor({ timeout: 180_000 });
    await workbench.page.locator('.monaco-diff-editor .line-insert').first().waitFor();
    await workbench.shot('installed-9-repaired');
    if (readFileSync(path.join(workspace, 'small.train.json'), 'utf8') !== small) throw new Error('the file of the user was changed');
    const repaired = readFileSync(path.join(workspace, 'small.fixed.train.json'), 'utf8');
    if (repaired === small || !repaired.includes('// The rate is a thousand times too large.')) throw new Error('the repaired file is not the old one with changes');
  }],
];

/** A folder with the digits and the sample whose learning rate is too large. */
function workspaceOf(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const file of ['digits.csv', faulty]) copyFileSync(path.join(root, 'samples/digits', file), path.join(folder, file));
  writeFileSync(path.join(folder, 'small.train.json'), small);
  return folder;
}

export async function installedStory(folder: string, shots?: string): Promise<Counts> {
  const home = path.join(folder, 'home');
  const extensionsFolder = path.join(folder, 'extensions');
  const vsix = path.join(folder, 'adamscope.vsix');
  mkdirSync(home, { recursive: true });
  try {
    execFileSync(process.execPath, [path.join(root, 'scripts/package.mjs'), '--out', vsix], { stdio: ['ignore', 'ignore', 'inherit'] });
    const size = statSync(vsix).size;
    if (size > 40 * megabyte) throw new Error(`the VSIX has ${(size / megabyte).toFixed(1)} MB, 40 are allowed`);
    installExtension(vsix, home, extensionsFolder);
    console.log(`  ✓ the VSIX (${(size / megabyte).toFixed(1)} MB) installs`);
  } catch (error) {
    console.error(`  ✗ the VSIX installs: ${(error as Error).message}`);
    return { passed: 0, failed: scenes.length + 1 };
  }
  const { passed, failed } = await play(scenes, { home, extensionsFolder, workspace: workspaceOf(path.join(folder, 'workspace')), shots });
  return { passed: passed + 1, failed };
}
