import { beforeEach, expect, test, vi } from 'vitest';
import type { EngineEvents, EngineFunctions, SweepResult } from '../../engine/host/protocol';
import type { Sessions } from '../../extension/engine/sessions';

const editor = vi.hoisted(() => ({ trusted: true, said: [] as string[], pages: [] as { html: string; shown: number; dispose(): void }[] }));
vi.mock('vscode', () => ({
  EventEmitter: class { listeners: (() => void)[] = []; event = (listener: () => void) => this.listeners.push(listener); fire = () => this.listeners.forEach((listener) => listener()); },
  l10n: { t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(values[+i])) },
  ProgressLocation: { Notification: 15 },
  ViewColumn: { Beside: -2 },
  workspace: {
    get isTrusted() { return editor.trusted; },
    openTextDocument: async () => ({ save: async () => true, getText: () => '{}', uri }),
    getConfiguration: () => ({ get: (_: string, value: unknown) => value }),
    getWorkspaceFolder: () => ({ uri: { fsPath: '/folder' } }),
    asRelativePath: () => 'rates.sweep.json',
  },
  window: {
    showWarningMessage: async () => undefined,
    showInformationMessage: async (message: string) => void editor.said.push(message),
    withProgress: (_: unknown, task: (progress: unknown, token: unknown) => unknown) => task({ report: () => {} }, { onCancellationRequested: () => {} }),
    createWebviewPanel: () => {
      let closed = (): void => {};
      const webview = { html: '' };
      const page = { get html() { return webview.html; }, shown: 1, dispose: () => closed() };
      editor.pages.push(page);
      return { webview, reveal: () => page.shown++, onDidDispose: (listener: () => void) => { closed = listener; } };
    },
  },
}));

const uri = { fsPath: '/folder/rates.sweep.json', path: '/folder/rates.sweep.json' } as never;
const table = (status: SweepResult['status'], ...scores: (number | undefined)[]): SweepResult => ({
  sweep: '/folder/.adamscope/sweeps/1', name: 'rates', status, metric: 'loss', parameters: ['seed'],
  trials: scores.map((score, i) => ({ number: i + 1, parameters: { seed: i }, run: '', epochs: 1, status: score === undefined ? 'waiting' : 'finished', ...(score !== undefined && { score, train: { loss: score } }) })),
});

/** A window whose engine does as it is told. */
async function setUp() {
  const { Sweeps } = await import('../../extension/search/sweeps');
  let event!: EngineEvents['event'];
  let end!: (result: SweepResult) => void;
  const asked = vi.fn();
  const engine = { stop: vi.fn(async () => {}), sweep: (request: unknown) => { asked(request); return new Promise<SweepResult>((resolve) => { end = resolve; }); } };
  const sessions = { once: (ask: (functions: EngineFunctions) => unknown, hear: EngineEvents['event']) => { event = hear; return ask(engine as unknown as EngineFunctions); } } as unknown as Sessions;
  const sweeps = new Sweeps(sessions, { error: () => {} } as never);
  return { sweeps, asked, engine, tell: (result: SweepResult) => event({ type: 'sweep', run: result.sweep, result }), end: (result: SweepResult) => end(result) };
}

/** What is loaded when it is first needed may take its time. */
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000 });
const drawn = (words: string): Promise<void> => soon(() => expect(editor.pages.at(-1)?.html).toContain(words));

beforeEach(() => {
  editor.pages.splice(0).forEach((page) => page.dispose());
  Object.assign(editor, { trusted: true, said: [] });
});

test('the table follows the sweep without coming to the front again; a stopped one offers to go on', async () => {
  const { sweeps, asked, engine, tell, end } = await setUp();
  const ended = sweeps.run(uri);
  await soon(() => expect(asked).toHaveBeenCalledExactlyOnceWith({ file: '/folder/rates.sweep.json', root: '/folder', cores: undefined }));
  expect(sweeps.isRunning(uri)).toBe(true);
  tell(table('training', undefined, undefined));
  await drawn('No run has ended yet');
  tell(table('training', 0.5, undefined));
  await drawn('Best so far: seed 0 with validation loss 0.5');
  await sweeps.run(uri);
  expect(editor.said).toEqual(['The sweep rates is running already.']);
  await sweeps.stop(uri);
  expect(engine.stop).toHaveBeenCalledOnce();
  end(table('stopped', 0.5, undefined));
  await ended;
  expect(sweeps.isRunning()).toBe(false);
  expect(editor.pages).toHaveLength(1);
  expect(editor.pages[0].shown).toBe(1);
  expect(editor.pages[0].html).toContain(`<a href="command:adamscope.resumeSweep?${encodeURIComponent('["/folder/rates.sweep.json"]')}">Resume</a>`);
});

test('who has closed the table is told of the end', async () => {
  const { sweeps, asked, tell, end } = await setUp();
  const ended = sweeps.run(uri);
  await soon(() => expect(asked).toHaveBeenCalled());
  tell(table('training', undefined));
  await drawn('No run has ended yet');
  editor.pages[0].dispose();
  tell(table('training', 0.5));
  end(table('finished', 0.5));
  await ended;
  expect(editor.pages).toHaveLength(1);
  expect(editor.said).toEqual(['The sweep rates has ended.']);
});

test('nothing runs before trust', async () => {
  editor.trusted = false;
  const { sweeps, asked } = await setUp();
  await sweeps.run(uri);
  await sweeps.resume(uri);
  expect(asked).not.toHaveBeenCalled();
});

test('a sweep that was never begun cannot go on', async () => {
  const { sweeps } = await setUp();
  await expect(sweeps.resume(uri)).rejects.toThrow('No sweep of rates.sweep.json was begun yet.');
  expect(sweeps.isRunning()).toBe(false);
});
