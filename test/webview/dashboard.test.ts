/** The built page in a real browser, under the policy of the webview, with the feeder as its host. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PanelMessage } from '../../extension/panel/protocol';
import { root } from '../shared';

const executablePath = '/usr/bin/chromium';
const browserFound = existsSync(executablePath);
if (!browserFound) console.log(`skipped: no ${executablePath}`);

/** A loaded machine with two cores. */
const patient = { timeout: 5000 };

interface Server { url: string; close(): Promise<void> }

describe.skipIf(!browserFound)('the dashboard', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    const { serve } = (await import(path.join(root, 'scripts/webview-dev.mjs'))) as { serve(): Promise<Server> };
    server = await serve();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(async () => {
    await page.close();
    expect(errors.splice(0)).toEqual([]);
  });

  async function open(query: string, size = { width: 1400, height: 850 }): Promise<void> {
    page = await browser.newPage({ viewport: size });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${server.url}?${query}`);
    await settled();
  }

  /** The page draws at most every 100 ms, less often on a loaded machine: what it will show is polled for. */
  const settled = async (): Promise<void> => {
    await page.waitForSelector('.loss-card canvas[aria-label]', { state: 'attached' });
    await page.waitForTimeout(300);
  };
  const requests = (): Promise<unknown[]> => page.evaluate(() =>
    (window as unknown as { posted: PanelMessage[] }).posted.flatMap((message) => (message.type === 'request' ? [message.request] : [])));
  const pixels = (selector: string): Promise<string> => page.$eval(selector, (canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const text = (selector: string): Promise<string> => page.$eval(selector, (element) => element.textContent ?? '');
  const label = (selector: string): Promise<string> => page.$eval(selector, (element) => element.getAttribute('aria-label') ?? '');
  const send = (message: unknown): Promise<void> => page.evaluate((data) => window.postMessage(data, '*'), message);
  /** Controls of the toolkit are found by their accessible name or text. */
  const control = (name: string) => page.locator(`vscode-button:has-text("${name}")`).first();

  const zoomed = (): Promise<boolean> => page.isVisible('vscode-button[title="Reset zoom"]');

  it('draws new steps as they arrive, in every chart', async () => {
    await open('run=healthy&steps=50&live=200');
    const charts = ['.loss-card canvas', '.metric-card canvas', 'canvas.heat', '.layer-card canvas'];
    const before = await Promise.all(charts.map(pixels));
    const said = await label('.loss-card canvas');
    for (const [i, chart] of charts.entries()) await expect.poll(() => pixels(chart), patient).not.toBe(before[i]);
    // Read after its picture, the label may be a step ahead of it.
    await expect.poll(() => label('.loss-card canvas'), patient).not.toBe(said);
  });

  it('draws nothing while hidden and catches up when shown', async () => {
    await open('run=healthy&steps=50&live=200');
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.waitForTimeout(200);
    const before = await pixels('.loss-card canvas');
    await page.waitForTimeout(500);
    expect(await pixels('.loss-card canvas')).toBe(before);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await expect.poll(() => pixels('.loss-card canvas'), patient).not.toBe(before);
  });

  it('says what is wrong and applies the remedy', async () => {
    await open('run=exploding&steps=1240');
    expect(await text('.finding h3')).toContain('Gradient explodes in conv2.weight');
    expect(await text('.finding .edit')).toBe('learningRate 0.1 → 0.0012');
    expect(await page.locator('.chip.error').textContent()).toContain('lr');
    await control('Apply').click();
    expect(await requests()).toContainEqual({ type: 'apply', findingId: 'gradient-exploding:conv2.weight', remedyIndex: 0 });
    await page.waitForSelector('vscode-button:has-text("✓ Apply")');
  });

  it('verifies a remedy on request and shows what paired runs said', async () => {
    await open('run=exploding&steps=1240&status=stopped');
    await control('Verify').first().click();
    expect(await requests()).toContainEqual({ type: 'verify', findingId: 'gradient-exploding:conv2.weight', remedyIndex: 0 });
    expect(await text('.verification figcaption')).toContain('training loss × 0.31');
    await page.waitForSelector('.verification svg');
  });

  it('shows why a remedy could not be applied', async () => {
    await open('run=exploding&steps=1240');
    await page.evaluate(() => {
      const post = window.postMessage.bind(window);
      window.postMessage = ((data: { type: string; id: number }) => post(data.type === 'reply' ? { ...data, error: 'digits.train.json was changed since.' } : data, '*')) as typeof window.postMessage;
    });
    await control('Apply').click();
    await page.waitForSelector('.error-text:not([hidden])');
    expect(await text('.error-text:not([hidden])')).toBe('digits.train.json was changed since.');
  });

  it('names what it asks of the host', async () => {
    await open('run=exploding&steps=1240&status=stopped');
    await page.click('.chip:has-text("β₂")');
    await page.click('.finding > .links .link:has-text("About this rule")');
    await page.click('.finding > .links .link:has-text("Show key")');
    await control('Resume').click();
    await control('Train again').click();
    expect(await requests()).toEqual([
      { type: 'openKey', path: 'optimizer.beta2' }, { type: 'openRule', rule: 'gradient-exploding' }, { type: 'openKey', path: 'optimizer.learningRate' }, { type: 'resume' }, { type: 'train' },
    ]);
  });

  it('copies what a chart shows as a table', async () => {
    await open('run=healthy&steps=30');
    await page.locator('.loss-card .tools vscode-button').last().click();
    const [request] = (await requests()) as [{ type: string; text: string }];
    expect(request.type).toBe('copyTable');
    const rows = request.text.split('\n').map((row) => row.split('\t'));
    expect(rows).toHaveLength(31);
    expect(rows[0].slice(0, 3)).toEqual(['first step', 'last step', 'train loss']);
    expect(rows[30].slice(0, 2)).toEqual(['30', '30']);
  });

  it('can be used from the keyboard', async () => {
    await open('run=exploding&steps=1240');
    await page.focus('canvas.heat');
    const before = await text('.layer-card h2');
    await page.keyboard.press('ArrowDown');
    expect(before).toBe('conv2.weight');
    await expect.poll(() => text('.layer-card h2'), patient).toBe('conv3.weight');
    expect(await text('.moments-card [aria-live]')).toContain('conv3.weight');
    await page.focus('.loss-card canvas');
    await page.keyboard.press('Home');
    expect(await text('.tooltip-title')).toBe('step 1');
    await page.keyboard.press('ArrowRight');
    expect(await text('.tooltip-title')).toBe('step 2');
    await page.keyboard.press('+');
    await settled();
    await expect.poll(zoomed, patient).toBe(true);
    await page.keyboard.press('Escape');
    await settled();
    await expect.poll(zoomed, patient).toBe(false);
  });

  it('reaches every control with Tab', async () => {
    await open('run=exploding&steps=1240');
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      seen.add(await page.evaluate(() => `${document.activeElement?.tagName.toLowerCase()} ${document.activeElement?.className ?? ''}`.trim()));
    }
    for (const part of ['button chip', 'vscode-button', 'vscode-checkbox', 'vscode-dropdown', 'canvas heat', 'input', 'summary', 'button link']) {
      expect([...seen].some((name) => name.startsWith(part)), `${part} in ${[...seen].join(', ')}`).toBe(true);
    }
  });

  it('zooms all charts by a drag and resets by a double click', async () => {
    await open('run=exploding&steps=1240');
    const box = (await page.locator('.loss-card canvas').boundingBox())!;
    const before = await Promise.all(['.loss-card canvas', '.layer-card canvas', 'canvas.heat'].map(pixels));
    await page.mouse.move(box.x + 200, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 80, { steps: 5 });
    await page.mouse.up();
    for (const [i, chart] of ['.loss-card canvas', '.layer-card canvas', 'canvas.heat'].entries()) await expect.poll(() => pixels(chart), patient).not.toBe(before[i]);
    await page.mouse.dblclick(box.x + 200, box.y + 60);
    await settled();
    await expect.poll(zoomed, patient).toBe(false);
  });

  it('points at the same step in every chart', async () => {
    await open('run=exploding&steps=1240');
    const last = await text('.layer-card .reading');
    const box = (await page.locator('.loss-card canvas').boundingBox())!;
    await page.mouse.move(box.x + 150, box.y + 60);
    expect(await page.isVisible('.tooltip')).toBe(true);
    expect(await text('.layer-card .reading')).not.toBe(last);
    await page.mouse.move(5, 5);
    expect(await page.isVisible('.tooltip')).toBe(false);
    expect(await text('.layer-card .reading')).toBe(last);
  });

  it('restores what was chosen', async () => {
    await open('run=exploding&steps=1240');
    await page.locator('vscode-checkbox').click();
    await page.locator('canvas.heat').click({ position: { x: 400, y: 60 } });
    await page.fill('input[type=range]', '0.5');
    await settled();
    const chosen = await text('.layer-card h2');
    await page.reload();
    await expect.poll(() => text('.layer-card h2'), patient).toBe(chosen);
    expect(await page.locator('vscode-checkbox').evaluate((box) => (box as HTMLInputElement).checked)).toBe(true);
    expect(await page.inputValue('input[type=range]')).toBe('0.5');
    const saved = JSON.parse((await page.evaluate(() => sessionStorage.getItem('state')))!) as Record<string, unknown>;
    expect(saved).toMatchObject({ run: '/runs/exploding', item: chosen, logLoss: true, smoothing: 0.5 });
  });

  it('shows another quantity, chosen from the keyboard while the run goes on', async () => {
    await open('run=healthy&steps=200&live=50');
    await page.focus('.moments-card vscode-dropdown');
    await page.keyboard.press('Enter');
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('ArrowDown');
      await page.waitForTimeout(150);
    }
    await page.keyboard.press('Enter');
    await expect.poll(() => label('canvas.heat'), patient).toContain('update / weight ratio of conv1.weight');
    expect(await text('.moments-card .healthy')).toBe('Healthy: 1e-4 to 0.1, best near 0.0032.');
    const saved = JSON.parse((await page.evaluate(() => sessionStorage.getItem('state')))!) as Record<string, unknown>;
    expect(saved.measure).toBe('parameter.updateRatio');
  });

  it('marks NaN with its step', async () => {
    await open('run=nan&steps=700&status=diverged');
    expect(await text('.pill')).toContain('diverged');
    expect(await text('.layer-card .reading')).toBe('NaN from step 541');
    expect(await page.isVisible('.nan-key')).toBe(true);
    expect(await label('.loss-card canvas')).toContain('NaN');
  });

  it('selects the tensor a finding names', async () => {
    await open('run=exploding&steps=1240');
    await page.click('.finding .where .link:has-text("relu4")');
    await expect.poll(() => text('.layer-card h2'), patient).toBe('relu4');
  });

  it('shows how the sizes of the elements are spread, from the pointer and the keyboard', async () => {
    await open('run=exploding&steps=1240');
    const pictures = page.locator('canvas.histogram:visible');
    expect(await pictures.count()).toBe(2);
    expect(await pictures.first().getAttribute('aria-label')).toMatch(/^sizes of the gradient, conv2.weight, step 1,240: median [\d.e−-]+ \(80 %: /);
    await pictures.first().scrollIntoViewIfNeeded();
    await pictures.first().hover({ position: { x: 200, y: 60 } });
    expect(await text('.tooltip-title')).toMatch(/^step \d*[05]1$/);
    expect(await text('.tooltip-line')).toMatch(/ to .* %$/);
    await pictures.first().focus();
    await page.keyboard.press('Home');
    expect(await text('.tooltip-title')).toBe('step 1');
    const before = await text('.tooltip-line');
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowDown');
    expect(await text('.tooltip-line')).not.toBe(before);
    expect(await text('.histogram-part .healthy')).toContain('√v well above ε = 1e-8');
  });

  it('says at which level histograms are measured, where a tensor has none', async () => {
    await open('run=healthy&steps=200');
    expect(await page.locator('canvas.histogram:visible').count()).toBe(0);
    expect(await page.locator('.histogram-part > .healthy').textContent()).toContain('diagnose.level "full"');
    await open('run=exploding&steps=1240');
    await page.click('.finding .where .link:has-text("relu4")');
    await expect.poll(() => page.isVisible('.histogram-part'), patient).toBe(false);
  });

  it('says what was watched when nothing is wrong', async () => {
    await open('run=healthy&steps=600&status=finished');
    expect(await text('.all-well h3')).toBe('No fault found');
    expect(await text('.all-well ul')).toContain('10 parameter tensors');
  });

  it('follows the host: findings, the end, a missing run, other texts', async () => {
    await open('run=healthy&steps=100');
    await send({ type: 'ended', run: '/runs/healthy', status: 'finished', reason: 'all 15 epochs done' });
    await expect.poll(() => text('.pill'), patient).toContain('finished');
    expect(await text('.meta')).toContain('all 15 epochs done');
    await send({ type: 'ended', run: '/runs/another', status: 'failed', reason: '' });
    await expect.poll(() => text('.pill'), patient).toContain('finished');
    await send({ type: 'missing', message: 'The run was deleted.' });
    await page.waitForSelector('.waiting');
    expect(await text('body')).toContain('The run was deleted.');
  });

  it('takes the new colours when the theme changes', async () => {
    await open('run=healthy&steps=300');
    const before = await pixels('.loss-card canvas');
    await page.evaluate(() => { document.body.className = 'vscode-light'; });
    await expect.poll(() => pixels('.loss-card canvas'), patient).not.toBe(before);
  });

  it.each([350, 700, 1000, 1400, 2000])('fits into %i pixels', async (width) => {
    await open('run=exploding&steps=1240', { width, height: 850 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    // No text is cut off inside a button, a chip or a title.
    const cut = await page.$$eval('vscode-button, .chip, h1, h2, h3, .pill', (elements) =>
      elements.filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline').map((element) => element.textContent));
    expect(cut).toEqual([]);
  });
});
