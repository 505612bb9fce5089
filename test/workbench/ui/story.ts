/** Plays scenes in the workbench of a browser. */
import { openBrowser, workbenchUrl } from '../browser';
import { startServer } from '../vscode-server';
import { Workbench } from './workbench';

export interface Counts {
  passed: number;
  failed: number;
}

/** What a user sees and does; starts where the scene before it ended. */
export type Scene = [name: string, play: (stage: { workbench: Workbench; workspace: string }) => Promise<void>];

export interface Stage {
  /** Folder for everything the editor writes. */
  home: string;
  extensionsFolder: string;
  workspace: string;
  /** Folder for screenshots. */
  shots?: string;
  settings?: Record<string, unknown>;
  size?: { width: number; height: number };
}

/** Waits for what is not on the screen. */
export async function until(condition: () => boolean | Promise<boolean>, otherwise: string, seconds = 10): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (Date.now() > end) throw new Error(otherwise);
  }
}

/** Plays the scenes; one that fails ends the story, the rest count as failed. */
export async function play(scenes: readonly Scene[], { home, extensionsFolder, workspace, shots, settings, size }: Stage): Promise<Counts> {
  const server = await startServer({ home, extensionsFolder, settings: { 'workbench.colorTheme': 'Dark Modern', 'window.autoDetectColorScheme': false, ...settings } });
  const browser = await openBrowser(size);
  const workbench = new Workbench(browser.page, shots);
  let passed = 0;
  try {
    await workbench.open(workbenchUrl(server.port, workspace));
    for (const [name, act] of scenes) {
      await act({ workbench, workspace });
      console.log(`  ✓ ${name}`);
      passed++;
    }
  } catch (error) {
    console.error(`  ✗ ${scenes[passed]?.[0] ?? 'the workbench opens'}: ${(error as Error).message}`);
    console.error(await workbench.describe().catch((cause: Error) => cause.message));
    await workbench.shot('failed');
  } finally {
    await browser.close();
    await server.stop();
  }
  return { passed, failed: scenes.length - passed };
}
