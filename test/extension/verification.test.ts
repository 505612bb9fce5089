import { beforeEach, expect, test, vi } from 'vitest';
import type { Verification } from '../../engine/diagnosis/finding';
import type { EngineFunctions } from '../../engine/host/protocol';
import type { Sessions } from '../../extension/engine/sessions';
import { RunStore } from '../../extension/runs/runStore';
import { explosion, header, run } from './syntheticRun';

const editor = vi.hoisted(() => ({ answer: undefined as string | undefined, trusted: true, said: [] as { message: string; detail?: string }[] }));
vi.mock('vscode', () => ({
  l10n: { t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(values[+i])) },
  ProgressLocation: { Notification: 15 },
  workspace: { get isTrusted() { return editor.trusted; } },
  window: {
    showWarningMessage: async () => undefined,
    showInformationMessage: async (message: string, options?: { detail: string }) => { editor.said.push({ message, detail: options?.detail }); return editor.answer; },
    withProgress: (_: unknown, task: (progress: unknown, token: unknown) => unknown) => task({ report: () => {} }, { onCancellationRequested: () => {} }),
  },
}));

const verified: Verification = {
  verdict: 'helps', measure: 'training loss', seeds: [0, 1, 2], from: 0, steps: 60, difference: { mean: -1, low: -1.2, high: -0.8 }, diverged: { without: 0, with: 0 },
  curve: { step: [1], without: [2], with: [1] },
};
const [cause, symptom] = explosion;

/** A window with one faulty run whose engine finds that the second remedy helps. */
async function setUp() {
  const { Verifications } = await import('../../extension/engine/verification');
  const store = new RunStore(async () => ({ steps: [], findings: [] }));
  const { folder } = run();
  store.apply({ type: 'started', run: folder, header: header(), steps: [] });
  store.apply({ type: 'findings', run: folder, findings: explosion });
  const engine = {
    planVerification: vi.fn(async () => ({ runs: 6, steps: 60, seconds: 11.2 })),
    verify: vi.fn(async () => ({ finding: cause.id, remedy: { ...cause.remedies[1], verified } })),
  };
  const sessions = { once: (ask: (functions: EngineFunctions) => unknown) => ask(engine as unknown as EngineFunctions) } as unknown as Sessions;
  const found = store.get(folder)!;
  return { engine, found, verify: () => new Verifications(sessions, store).verify(found, { finding: cause.id, remedy: 1 }) };
}

beforeEach(() => Object.assign(editor, { answer: 'Verify', trusted: true, said: [] }));

test('the cost is said before, the verdict after; only the one remedy of the run gets it', async () => {
  const { engine, found, verify } = await setUp();
  await verify();
  expect(editor.said.map(({ message, detail }) => detail ?? message)).toEqual(['6 runs of at most 60 steps, about 12 seconds.', 'Verified: helps.']);
  expect(engine.verify).toHaveBeenCalledExactlyOnceWith({ run: found.folder, finding: cause.id, remedy: 2 });
  expect(found.findings).toEqual([{ ...cause, remedies: [cause.remedies[0], { ...cause.remedies[1], verified }] }, symptom]);
});

test.each([['the cost is too high', { answer: undefined }, 1], ['the workspace is not trusted', { trusted: false }, 0]])('nothing runs where %s', async (_, state, plans) => {
  Object.assign(editor, state);
  const { engine, found, verify } = await setUp();
  await verify();
  expect(engine.planVerification).toHaveBeenCalledTimes(plans);
  expect(engine.verify).not.toHaveBeenCalled();
  expect(found.findings).toEqual(explosion);
});
