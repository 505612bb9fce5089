/** The editor's colours, as canvases need them; read again whenever the theme changes. */

const variables = {
  foreground: ['--vscode-foreground', '--vscode-editor-foreground'],
  dim: ['--vscode-descriptionForeground', '--vscode-foreground'],
  background: ['--vscode-editor-background'],
  grid: ['--vscode-charts-lines', '--vscode-panel-border', '--vscode-contrastBorder'],
  red: ['--vscode-charts-red', '--vscode-errorForeground'],
  blue: ['--vscode-charts-blue', '--vscode-textLink-foreground'],
  yellow: ['--vscode-charts-yellow', '--vscode-editorWarning-foreground'],
  orange: ['--vscode-charts-orange', '--vscode-editorWarning-foreground'],
  green: ['--vscode-charts-green', '--vscode-testing-iconPassed'],
  purple: ['--vscode-charts-purple', '--vscode-textLink-foreground'],
  focus: ['--vscode-focusBorder', '--vscode-contrastActiveBorder'],
} as const;

/** Some themes give the colours of charts an opacity (they borrow them from the minimap); a curve needs the full colour. */
const full: readonly string[] = ['red', 'blue', 'yellow', 'orange', 'green', 'purple'];

const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

const parsed = new Map<string, string>();

export type ColourName = keyof typeof variables;
export type Theme = Record<ColourName, string> & { dark: boolean; highContrast: boolean; font: string };

function read(): Theme {
  const style = getComputedStyle(document.documentElement);
  const kinds = document.body.classList;
  const highContrast = kinds.contains('vscode-high-contrast') || kinds.contains('vscode-high-contrast-light');
  const dark = kinds.contains('vscode-dark') || (kinds.contains('vscode-high-contrast') && !kinds.contains('vscode-high-contrast-light'));
  const entries = Object.entries(variables).map(([name, candidates]) => {
    const found = candidates.map((candidate) => style.getPropertyValue(candidate).trim()).find((colour) => colour !== '');
    return [name, full.includes(name) && found ? fade(found, 1) : (found ?? 'CanvasText')] as const;
  });
  const font = style.getPropertyValue('--vscode-font-family').trim() || 'system-ui';
  return { ...(Object.fromEntries(entries) as Record<ColourName, string>), dark, highContrast, font };
}

export let theme: Theme = read();

/** Calls back after the editor has changed its colours (VS Code rewrites the classes and variables of the page). */
export function onThemeChange(changed: () => void): () => void {
  const refresh = (): void => {
    theme = read();
    changed();
  };
  const observer = new MutationObserver(refresh);
  observer.observe(document.body, { attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
  return refresh;
}

/** Any CSS colour with another opacity. */
export function fade(colour: string, alpha: number): string {
  let rgb = parsed.get(colour);
  if (rgb === undefined) parsed.set(colour, (rgb = parse(colour)));
  return `rgba(${rgb}, ${alpha})`;
}

/** Red, green and blue as the browser understands the colour; reading a pixel back is slow, so each colour is asked for once. */
function parse(colour: string): string {
  if (!probe) return '128, 128, 128';
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = '#808080';
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return Array.from(probe.getImageData(0, 0, 1, 1).data.subarray(0, 3)).join(', ');
}
