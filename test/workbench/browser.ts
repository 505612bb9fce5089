import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';

/** A browser of the system; Playwright's own would be a download. */
export const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export interface Browser {
  page: Page;
  /** Addresses outside this machine that the page asked for; all of them were refused. */
  refused: string[];
  close(): Promise<void>;
}

export async function openBrowser(viewport = { width: 1400, height: 850 }): Promise<Browser> {
  const profile = mkdtempSync(path.join(os.tmpdir(), 'adamscope-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath, headless: true, viewport,
    args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const refused: string[] = [];
  const outside = (url: URL) => url.protocol.startsWith('http') && !['127.0.0.1', 'localhost'].includes(url.hostname);
  await context.route(outside, (route) => {
    refused.push(route.request().url());
    return route.abort();
  });
  return {
    page: context.pages()[0] ?? (await context.newPage()),
    refused,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

export function workbenchUrl(port: number, folder: string, payload?: [string, string][]): string {
  const query = new URLSearchParams({ folder, ...(payload ? { payload: JSON.stringify(payload) } : {}) });
  return `http://127.0.0.1:${port}/?${query}`;
}
