/** A user's way through the screen with the engine that makes its figures up: from an open folder to a mended run file. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { stageExtension, stageWorkspace } from '../stage';
import { play, until, type Counts, type Scene } from './story';

const scenes: Scene[] = [
  ['a run file has a lens to train it', async ({ workbench }) => {
    await workbench.openFile('explodes.train.json');
    await workbench.lens('Train').waitFor({ timeout: 60_000 });
    await workbench.shot('1-run-file');
  }],
  ['training shows the loss beside its key and the state in the status bar', async ({ workbench }) => {
    await workbench.lens('Train').click();
    await workbench.lens('Stop').waitFor();
    await workbench.statusBar(/epoch \d/).waitFor({ timeout: 60_000 });
    await workbench.shot('2-training');
  }],
  ['a fault is a squiggle on the key that causes it', async ({ workbench }) => {
    await workbench.squiggle('error').waitFor({ timeout: 60_000 });
    await workbench.lens('Train').waitFor({ timeout: 60_000 });
    await workbench.shot('3-finding');
  }],
  ['the hover has the curve and its figures', async ({ workbench }) => {
    await workbench.line('"loss"').locator('span span').first().hover();
    await workbench.page.locator('.monaco-hover img').first().waitFor();
    await workbench.shot('4-hover');
    await workbench.page.keyboard.press('Escape');
  }],
  ['the dashboard opens on the run', async ({ workbench }) => {
    await workbench.lens('Open Dashboard').click();
    await workbench.dashboard().locator('body').getByText('explodes').first().waitFor({ timeout: 30_000 });
    await workbench.shot('5-dashboard');
    await workbench.page.locator('.tab', { hasText: 'explodes.train.json' }).click();
  }],
  ['the Quick Fix states the new value, and the problem goes with it', async ({ workbench, workspace }) => {
    const menu = await workbench.quickFixes('"learningRate"', '0.1');
    await workbench.shot('6-quick-fix');
    await menu.locator('.monaco-list-row', { hasText: 'Set learningRate to' }).first().click();
    await workbench.line('"learningRate": 0.0012 // too large').waitFor();
    await workbench.squiggle('error').waitFor({ state: 'detached' });
    await workbench.page.keyboard.press('Control+S');
    await until(() => readFileSync(path.join(workspace, 'explodes.train.json'), 'utf8').includes('"learningRate": 0.0012 // too large'), 'the file on disk was not mended');
    await workbench.shot('7-fixed');
  }],
  ['the runs view lists the run with its finding', async ({ workbench }) => {
    await workbench.showView('Adamscope');
    await workbench.treeItem('explodes').locator('.monaco-tl-twistie').click();
    await workbench.treeItem('Gradient explodes').waitFor();
    await workbench.shot('8-runs');
  }],
  ['the screen follows a light theme', async ({ workbench }) => {
    await workbench.toggleTheme();
    await workbench.page.locator('.monaco-workbench.vs').waitFor();
    await workbench.dashboard().locator('body.vscode-light').waitFor();
    await workbench.shot('9-light');
  }],
  ['a dashboard that was hidden while its run went on has all of it', async ({ workbench }) => {
    await workbench.showView('Explorer');
    await workbench.openFile('digits.train.json');
    await workbench.command('Adamscope: Train');
    await workbench.lens('Stop').waitFor();
    await workbench.command('Adamscope: Open Dashboard');
    await workbench.dashboard().locator('canvas').first().waitFor();
    await workbench.command('File: New Untitled Text File');
    await workbench.statusBar(/epoch \d/).waitFor({ state: 'detached', timeout: 60_000 });
    await workbench.page.locator('.tab[aria-label^="digits, Editor Group"]').click();
    await workbench.dashboard().getByText('step 225 of 225').waitFor();
  }],
  ['a reloaded window shows the run from disk, in the panel and beside the lines', async ({ workbench }) => {
    // The editor's own command: reloaded by the browser, it may not have stored yet which panels were open.
    await Promise.all([workbench.page.waitForEvent('load', { timeout: 60_000 }), workbench.command('Developer: Reload Window')]);
    await workbench.dashboard().getByText('step 225 of 225').waitFor({ timeout: 60_000 });
    await workbench.lens('Clear').waitFor({ timeout: 60_000 });
    await workbench.shot('10-reloaded');
  }],
];

export function editorStory(folder: string, shots?: string): Promise<Counts> {
  const extensionsFolder = path.join(folder, 'extensions');
  mkdirSync(extensionsFolder, { recursive: true });
  symlinkSync(stageExtension(path.join(folder, 'staged'), 'fake'), path.join(extensionsFolder, 'adamscope.adamscope-0.1.0'));
  return play(scenes, { home: path.join(folder, 'home'), extensionsFolder, workspace: stageWorkspace(path.join(folder, 'workspace')), shots });
}
