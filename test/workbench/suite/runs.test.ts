import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually, file, idle, lenses, openEditor, read, runFolders } from './editor';

suite('runs', () => {
  const uri = file('digits.train.json');

  test('every contributed command exists', async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const { contributes } = vscode.extensions.getExtension('adamscope.adamscope')!.packageJSON as { contributes: { commands: { command: string }[] } };
    assert.deepEqual(contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)), []);
  });

  test('the dashboard is one panel per run, and comes to the front when asked for again', async () => {
    await openEditor(uri);
    await vscode.commands.executeCommand('adamscope.train', uri);
    await idle(uri);
    const panels = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('adamscope.dashboard'));
    await vscode.commands.executeCommand('adamscope.openDashboard', uri);
    await vscode.commands.executeCommand('adamscope.openDashboard', uri);
    await eventually(() => panels().length === 1, 'one panel');
    await vscode.window.tabGroups.close(panels());
  });

  test('Clear hides the results until the next training', async () => {
    await openEditor(uri);
    const hovers = () => vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, new vscode.Position(4, 10));
    const shown = async () => JSON.stringify((await hovers()).map(({ contents }) => contents.map((content) => (content as vscode.MarkdownString).value))).includes('svg+xml');
    assert.ok(await shown());
    await vscode.commands.executeCommand('adamscope.clearInlineResults');
    assert.ok(!(await shown()));
    await vscode.commands.executeCommand('adamscope.train', uri);
    await idle(uri);
    assert.ok(await shown());
  });

  test('a run that was deleted on disk is gone after a refresh', async () => {
    const before = (await lenses(uri)).join();
    assert.match(before, /Open Dashboard/);
    for (const name of (await runFolders()).filter((run) => run.endsWith('-digits'))) {
      await vscode.workspace.fs.delete(file(`.adamscope/runs/${name}`), { recursive: true });
    }
    await vscode.commands.executeCommand('adamscope.refreshRuns');
    assert.ok(!(await lenses(uri)).includes('Open Dashboard'));
  });

  test('a run file beside a table is written, commented and valid for the engine', async () => {
    await vscode.workspace.fs.createDirectory(file('flowers'));
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 7},${i / 3},${['a', 'b'][i % 2]}`);
    await vscode.workspace.fs.writeFile(file('flowers/flowers.csv'), Buffer.from(['width,length,species', ...rows].join('\n')));
    const created = vscode.commands.executeCommand('adamscope.createRunFile', file('flowers/flowers.csv'));
    // The list of columns is open; its first entry is the guess.
    for (let i = 0; i < 100 && !(await vscode.workspace.fs.stat(file('flowers/flowers.train.json')).then(() => true, () => false)); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    }
    await created;
    const text = await read(file('flowers/flowers.train.json'));
    assert.match(text, /"label": "species"/);
    assert.match(text, /"dense": 2 }/);
    await vscode.commands.executeCommand('adamscope.train', file('flowers/flowers.train.json'));
    await idle(file('flowers/flowers.train.json'));
    assert.match((await lenses(file('flowers/flowers.train.json'))).join(), /finished/);
  });
});
