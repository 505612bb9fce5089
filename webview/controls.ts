/**
 * The only module that knows which component library draws the controls.
 * Its tag and badge are not used: they set a style attribute, which the page's content security policy forbids.
 */
import {
  provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox, vsCodeDropdown, vsCodeOption, vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';
import { h, setAttributes } from './dom';
import { icon, type Icon } from './icons';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeDropdown(), vsCodeOption(), vsCodeProgressRing());

function element(tag: string, attributes: Record<string, string | boolean | undefined>, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

export type Appearance = 'primary' | 'secondary' | 'icon';

export function button(text: string, run: () => void, options: { appearance?: Appearance; title?: string; label?: string } = {}): HTMLElement {
  const made = element('vscode-button', {
    appearance: options.appearance ?? 'secondary', title: options.title, 'aria-label': options.label ?? (options.appearance === 'icon' ? options.title : undefined),
  }, text);
  made.addEventListener('click', run);
  return made;
}

export function iconButton(name: Icon, title: string, run: () => void): HTMLElement {
  const made = button('', run, { appearance: 'icon', title });
  made.replaceChildren(icon(name));
  return made;
}

export const setDisabled = (control: HTMLElement, disabled: boolean): void => setAttributes(control, { disabled });

export interface Choice {
  value: string;
  text: string;
}

export class Dropdown {
  readonly element: HTMLElement & { value: string };
  private shown = '';
  private value = '';

  constructor(label: string, changed: (value: string) => void) {
    this.element = element('vscode-dropdown', { 'aria-label': label }) as HTMLElement & { value: string };
    this.element.addEventListener('change', () => {
      // Also told of what is set below.
      if (this.element.value === this.value) return;
      this.value = this.element.value;
      changed(this.value);
    });
  }

  set(choices: Choice[], value: string): void {
    const wanted = JSON.stringify(choices);
    // Touched only when something is new: a run that goes on must not move the choice under the user's hands.
    if (wanted === this.shown && value === this.value) return;
    this.value = value;
    if (wanted !== this.shown) {
      this.shown = wanted;
      this.element.replaceChildren(...choices.map((choice) => element('vscode-option', { value: choice.value }, choice.text)));
    }
    // Options register themselves in a later task; before that a value cannot be found among them.
    requestAnimationFrame(() => { this.element.value = value; });
  }
}

export function checkbox(text: string, title: string, changed: (checked: boolean) => void): { element: HTMLElement; set(checked: boolean): void } {
  const made = element('vscode-checkbox', { title }, text) as HTMLElement & { checked: boolean };
  let settable = false;
  made.addEventListener('change', () => { if (!settable) changed(made.checked); });
  return {
    element: made,
    set(checked) {
      if (made.checked === checked) return;
      settable = true;
      made.checked = checked;
      settable = false;
    },
  };
}

export function slider(text: string, options: { min: number; max: number; step: number; value: number }, changed: (value: number) => void): HTMLElement {
  const { value, ...range } = options;
  const input = h('input', { type: 'range', ...range, value, 'aria-label': text });
  const output = h('output', {}, String(value));
  input.addEventListener('input', () => {
    output.textContent = input.value;
    changed(Number(input.value));
  });
  return h('label.slider', {}, h('span', {}, text), input, output);
}

export const progressRing = (label: string): HTMLElement => element('vscode-progress-ring', { 'aria-label': label });
