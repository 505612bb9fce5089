/** Finding a learning rate, a sweep and a comparison on the screen, with the engine that trains: from a run file with a bad value to a better one. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, stageExtension } from '../stage';
import { play, until, type Counts, type Scene } from './story';
import type { Workbench } from './workbench';

const runFile = 'small.train.json';
const sweepFile = 'rates.sweep.json';
/** Two layers that learn the digits in a second; the learning rate is far too small. */
const small = `{
  "model": { "layers": [{ "dense": 16 }, "relu", { "dense": 10 }] },
  "data": { "train": { "csv": "digits.csv", "label": "target" }, "validation": 0.2, "transforms": [{ "scale": { "from": [0, 16], "to": [0, 1] } }] },
  "loss": "crossEntropy",
  "optimizer": { "type": "adam", "learningRate": 1e-5 }, // far too small
  "epochs": 3
}
`;
const grid = { runFile, parameters: { 'optimizer.type': ['sgd', 'adam'], 'optimizer.learningRate': [0.0001, 0.001, 0.01, 0.1] }, metric: 'accuracy' };
/** Long enough to be stopped. */
const long = { ...grid, set: { epochs: 400 } };

async function inBothThemes(workbench: Workbench, name: string): Promise<void> {
  await workbench.shot(`${name}-dark`);
  await workbench.toggleTheme();
  await workbench.dashboard().locator('body.vscode-light').waitFor();
  await workbench.shot(`${name}-light`);
  await workbench.toggleTheme();
  await workbench.dashboard().locator('body.vscode-dark').waitFor();
}

const scenes: Scene[] = [
  ['the light bulb of the learning rate offers a range test', async ({ workbench }) => {
    await workbench.openFile(runFile);
    await workbench.lens('Train').waitFor({ timeout: 60_000 });
    const menu = await workbench.quickFixes('"learningRate"', '1e-5');
    await menu.locator('.monaco-list-row', { hasText: 'Suggest a learning rate by a range test' }).waitFor();
    await workbench.page.keyboard.press('Escape');
  }],
  ['Suggest Learning Rate shows the curve, and its link writes the value and nothing else', async ({ workbench, workspace }) => {
    await workbench.command('Adamscope: Suggest Learning Rate');
    await workbench.dashboard().getByText('Training loss by learning rate').waitFor({ timeout: 120_000 });
    const link = workbench.dashboard().locator('.links a');
    const value = /Set learningRate to (\S+) \(was 1e-5\)/.exec((await link.textContent()) ?? '')?.[1];
    if (value === undefined) throw new Error(`the link says ${await link.textContent()}`);
    await inBothThemes(workbench, 'search-1-learning-rate');
    await link.click();
    await workbench.line(`"learningRate": ${value} }, // far too small`).waitFor();
    await workbench.page.keyboard.press('Control+S');
    await until(() => readFileSync(path.join(workspace, runFile), 'utf8') === small.replace('1e-5', value), 'the file on disk is not the old one with the new value');
    await workbench.command('View: Close All Editors');
  }],
  ['a sweep shows its table while it goes, and is stopped where it can go on', async ({ workbench, workspace }) => {
    writeFileSync(path.join(workspace, sweepFile), JSON.stringify(long, null, 2));
    await workbench.openFile(sweepFile);
    await workbench.lens('Run Sweep').click();
    await workbench.dashboard().getByText('No run has ended yet').waitFor({ timeout: 60_000 });
    await workbench.dashboard().locator('td', { hasText: 'training' }).first().waitFor({ timeout: 60_000 });
    await workbench.shot('search-2-running');
    await workbench.lens('Stop').click();
    await workbench.dashboard().getByRole('link', { name: 'Resume' }).waitFor({ timeout: 60_000 });
    await workbench.lens('Resume').waitFor();
    await workbench.command('View: Close All Editors');
  }],
  ['Run Sweep from the palette ends with a table and its charts', async ({ workbench, workspace }) => {
    writeFileSync(path.join(workspace, sweepFile), JSON.stringify(grid, null, 2));
    await workbench.openFile(sweepFile);
    await workbench.lens('Run Sweep').waitFor();
    await workbench.command('Adamscope: Run Sweep');
    await workbench.dashboard().locator('.verdict-line', { hasText: /^Best: type \S+, learningRate/ }).waitFor({ timeout: 180_000 });
    if ((await workbench.dashboard().locator('td', { hasText: 'finished' }).count()) !== 8) throw new Error('the table has not all eight runs');
    await workbench.notification('Sweep rates').waitFor({ state: 'detached' });
    await inBothThemes(workbench, 'search-3-sweep');
    const sweeps = path.join(workspace, '.adamscope/sweeps');
    if (readdirSync(sweeps).length !== 2) throw new Error('there are not two sweeps');
    await workbench.command('View: Close All Editors');
  }],
  ['Show Sweep shows the table of the newest again; nothing is left to resume', async ({ workbench }) => {
    await workbench.openFile(sweepFile);
    await workbench.lens('Show Sweep').click();
    await workbench.dashboard().getByText(/^Best: type/).waitFor();
    if (await workbench.lens('Resume').count()) throw new Error('a sweep that has ended can be resumed');
    await workbench.command('View: Close All Editors');
  }],
  ['what a sweep file has wrong is one sentence', async ({ workbench, workspace }) => {
    writeFileSync(path.join(workspace, sweepFile), JSON.stringify({ ...grid, parameters: { epochs: [0] } }, null, 2));
    await workbench.openFile(sweepFile);
    await workbench.command('Adamscope: Run Sweep');
    await workbench.notification(/epochs must be .*, found 0, in the run with epochs 0/).waitFor({ timeout: 60_000 });
    await workbench.command('Notifications: Clear All Notifications');
    await workbench.command('View: Close All Editors');
  }],
  ['runs that are selected in the Runs view are compared', async ({ workbench }) => {
    await workbench.openFile(runFile);
    for (const seed of [0, 1]) {
      await workbench.lens('Train').waitFor();
      await workbench.lens('Train').click();
      await workbench.lens('Stop').waitFor();
      await workbench.lens('Clear').waitFor({ timeout: 60_000 });
      if (seed === 0) {
        await workbench.line('"epochs": 3').click();
        await workbench.page.keyboard.press('End');
        await workbench.page.keyboard.type('0');
      }
    }
    await workbench.command('View: Close All Editors');
    await workbench.showView('Adamscope');
    const rows = workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'small' });
    await rows.first().click();
    await rows.nth(1).click({ modifiers: ['Control'] });
    await rows.nth(1).click({ button: 'right' });
    const entry = workbench.page.locator('.context-view .action-label', { hasText: 'Compare Runs' }).first();
    await entry.waitFor();
    // A menu takes no click for a moment after it has opened.
    await until(async () => {
      await entry.click({ timeout: 1000 }).catch(() => {});
      return !(await entry.isVisible());
    }, 'the menu stays open');
    await workbench.page.locator('.tab.active', { hasText: '2 Runs' }).waitFor();
    await workbench.command('View: Close Editors in Other Groups');
    await workbench.dashboard().getByText('They differ in epochs').waitFor({ timeout: 60_000 });
    await inBothThemes(workbench, 'search-4-comparison');
    await workbench.dashboard().getByRole('link', { name: 'By samples' }).click();
    await workbench.dashboard().getByText('curves by samples seen').waitFor();
  }],
];

export function searchStory(folder: string, shots?: string): Promise<Counts> {
  const [extensionsFolder, workspace] = ['extensions', 'workspace'].map((name) => path.join(folder, name));
  for (const made of [extensionsFolder, workspace]) mkdirSync(made, { recursive: true });
  symlinkSync(stageExtension(path.join(folder, 'staged'), 'real'), path.join(extensionsFolder, 'adamscope.adamscope-0.1.0'));
  copyFileSync(path.join(root, 'samples/digits/digits.csv'), path.join(workspace, 'digits.csv'));
  writeFileSync(path.join(workspace, runFile), small);
  writeFileSync(path.join(workspace, sweepFile), JSON.stringify(grid, null, 2));
  return play(scenes, { home: path.join(folder, 'home'), extensionsFolder, workspace, shots });
}
