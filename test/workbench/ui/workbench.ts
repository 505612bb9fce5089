import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The workbench as a user handles it. Every method waits for what it names. */
export class Workbench {
  constructor(readonly page: Page, private readonly shots?: string) {
    if (shots) mkdirSync(shots, { recursive: true });
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 90_000 });
    await this.page.locator('.activitybar [aria-label^="Adamscope"]').first().waitFor({ timeout: 60_000 });
  }

  async openFile(name: string): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).dblclick();
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
    await this.page.locator('.editor-group-container.active .view-line').first().waitFor();
  }

  /** A link above a line. */
  lens(title: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration a', { hasText: title }).first();
  }

  /** A line of the editor by its text; blanks are non-breaking there. */
  line(text: string): Locator {
    return this.page.locator('.view-line', { hasText: new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ /g, '\\s')) }).first();
  }

  /** Runs a command from the palette. */
  async command(title: string): Promise<void> {
    const seen = (locator: Locator): Promise<boolean> => locator.waitFor({ timeout: 3000 }).then(() => true, () => false);
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    for (let attempt = 0; attempt < 10; attempt++) {
      await this.page.keyboard.press('F1');
      // Pressed while the focus moves into a webview, the key reaches nobody.
      const input = this.page.locator('.quick-input-widget input').first();
      if (!(await seen(input))) continue;
      // Keys that come while the focus is still elsewhere would be lost, and the list stay whole.
      await input.fill(`>${title}`);
      // Not by Enter: another command may be listed above it for a moment, while the list is still being sorted.
      if (await seen(row)) return row.click();
      // The palette lists what could be run when it was opened; a command that is enabled a moment later needs a new one.
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`the palette has no "${title}"`);
  }

  /** Chooses an entry of the quick pick that is open. */
  async pick(label: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  }

  /** Opens the Quick Fix menu at a text of a line. */
  async quickFixes(line: string, text: string): Promise<Locator> {
    await this.line(line).locator('span span', { hasText: text }).first().click();
    const menu = this.page.locator('.action-widget').first();
    // Pressed right after a click, before the actions of the new place are there, the key opens nothing.
    for (let attempt = 0; attempt < 10; attempt++) {
      await this.page.keyboard.press('Control+Period');
      if (await menu.waitFor({ timeout: 1500 }).then(() => true, () => false)) return menu;
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`no Quick Fix at ${text}`);
  }

  squiggle(severity: 'error' | 'warning' | 'info'): Locator {
    return this.page.locator(`.squiggly-${severity}`).first();
  }

  /** The picture and text behind a line; undefined while there are none. */
  async inlineResult(line: string): Promise<string | undefined> {
    return this.line(line).evaluate((element) => {
      for (const span of element.querySelectorAll('span')) {
        const { content } = getComputedStyle(span, '::after');
        if (content !== 'none' && content !== 'normal' && content !== '""') return content;
      }
      return undefined;
    });
  }

  /** Whether a squiggle lies under a text of a line, and nowhere beside it. */
  async isUnder(squiggle: Locator, line: string, text: string): Promise<boolean> {
    const [mark, word] = [await squiggle.boundingBox(), await this.line(line).locator('span span', { hasText: text }).first().boundingBox()];
    if (!mark || !word) return false;
    // A pixel for rounding; the mark may be shorter than the token, which can have blanks around it.
    const sides = mark.x >= word.x - 1 && mark.x + mark.width <= word.x + word.width + 1;
    const middle = mark.y + mark.height / 2;
    return sides && middle >= word.y && middle <= word.y + word.height + 2;
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item', { hasText: text }).first();
  }

  async showView(name: string): Promise<void> {
    await this.page.locator('.activitybar .action-item', { has: this.page.locator(`[aria-label^="${name}"]`) }).first().click();
  }

  treeItem(text: string | RegExp): Locator {
    return this.page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
  }

  /** The content of the dashboard that is shown. */
  dashboard(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  toggleTheme(): Promise<void> {
    return this.command('Preferences: Toggle between Light/Dark Themes');
  }

  /** What can be read on the screen, for the message of a scene that failed. */
  async describe(): Promise<string> {
    const texts = async (name: string, selector: string): Promise<string> => `${name}: ${(await this.page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()).filter(Boolean).join(' | ')}`;
    return (await Promise.all([
      texts('tabs', '.tab'), texts('active tabs', '.tab.active'), texts('lenses', '.codelens-decoration'), texts('status bar', '.statusbar-item'),
      texts('notifications', '.notification-list-item'), texts('dialogs', '.monaco-dialog-box'), texts('text', '.view-lines'),
    ])).join('\n');
  }

  /** Keeps a picture where a folder for them was given, once two taken one after the other are the same; one that keeps moving is taken as it is. */
  async shot(name: string, patience = 4): Promise<void> {
    if (!this.shots) return;
    let last = await this.page.screenshot();
    for (let attempt = 0; attempt < patience; attempt++) {
      await this.page.waitForTimeout(500);
      const next = await this.page.screenshot();
      if (next.equals(last)) break;
      last = next;
    }
    writeFileSync(path.join(this.shots, `${name}.png`), last);
  }
}
