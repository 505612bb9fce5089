import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually, file, idle, lenses, openEditor, problems, read, runFolders, write } from './editor';

suite('training', () => {
  const healthy = file('digits.train.json');

  test('the extension starts with a run file in the folder', async () => {
    const extension = vscode.extensions.getExtension('adamscope.adamscope')!;
    await eventually(() => extension.isActive, 'active');
  });

  test('Train saves the text first and trains what it says', async () => {
    const editor = await openEditor(healthy);
    await editor.edit((edit) => edit.replace(new vscode.Range(0, 0, 0, 1), '{ // changed'));
    await vscode.commands.executeCommand('adamscope.train', healthy);
    assert.equal(editor.document.isDirty, false);
    assert.ok((await lenses(healthy)).includes('Stop'));
    await idle(healthy);
    const [run] = (await runFolders()).filter((name) => name.endsWith('-digits'));
    const { result } = JSON.parse(await read(file(`.adamscope/runs/${run}/result.json`))) as { result: { status: string; steps: number } };
    assert.deepEqual([result.status, result.steps], ['finished', 225]);
    assert.deepEqual(problems(healthy), []);
  });

  test('Stop ends the run, Resume takes it to its end in the same folder', async () => {
    const uri = await write(file('long.train.json'), (await read(healthy)).replace('"epochs": 5', '"epochs": 40'));
    await openEditor(uri);
    await vscode.commands.executeCommand('adamscope.train', uri);
    const [run] = await eventually(async () => {
      const runs = (await runFolders()).filter((name) => name.endsWith('-long'));
      return runs.length > 0 && runs;
    }, 'run folder');
    await eventually(async () => (await lenses(uri)).includes('Open Dashboard'), 'first event');
    await vscode.commands.executeCommand('adamscope.stop', uri);
    assert.ok((await lenses(uri)).includes('Resume'));
    await vscode.commands.executeCommand('adamscope.resume', file(`.adamscope/runs/${run}`).fsPath);
    await eventually(async () => (await lenses(uri)).includes('Stop'), 'resumed');
    await vscode.commands.executeCommand('adamscope.stop', uri);
    assert.deepEqual((await runFolders()).filter((name) => name.endsWith('-long')), [run]);
  });

  test('the death of the engine is survived, and its run can be resumed', async () => {
    const uri = await write(file('dies.train.json'), (await read(healthy)).replace('{ // changed', '{ "name": "dies",'));
    await openEditor(uri);
    await vscode.commands.executeCommand('adamscope.train', uri);
    const titles = await eventually(async () => {
      const found = await lenses(uri);
      return found.includes('Resume') && found;
    }, 'run failed');
    assert.ok(titles.some((title) => title.startsWith('Clear (failed')), titles.join());
    await vscode.commands.executeCommand('adamscope.resume', uri);
    await eventually(async () => (await lenses(uri)).some((title) => title.startsWith('Clear (finished')), 'run finished');
  });

  test('a task trains and ends with exit code 0', async () => {
    const task = (await vscode.tasks.fetchTasks({ type: 'adamscope' })).find(({ definition }) => definition.runFile === 'digits.train.json')!;
    const ended = new Promise<number | undefined>((resolve) => vscode.tasks.onDidEndTaskProcess(({ exitCode }) => resolve(exitCode)));
    await vscode.tasks.executeTask(task);
    assert.equal(await ended, 0);
  });
});
