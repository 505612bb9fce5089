/** What all charts of the page share: the step under the pointer, and the range of steps shown. */
export class Sync {
  /** Step under the crosshair; undefined: none. */
  step: number | undefined;
  /** Zoomed range; undefined: everything. */
  range: [number, number] | undefined;
  private readonly listeners = new Set<(change: 'step' | 'range') => void>();

  listen(listener: (change: 'step' | 'range') => void): void {
    this.listeners.add(listener);
  }

  point(step: number | undefined): void {
    if (step === this.step) return;
    this.step = step;
    this.tell('step');
  }

  zoom(range: [number, number] | undefined): void {
    this.range = range;
    this.tell('range');
  }

  private tell(change: 'step' | 'range'): void {
    for (const listener of this.listeners) listener(change);
  }
}

/** Arrows move the crosshair by `unit` steps, + and - zoom around it, Escape resets. Returns whether the key was used. */
export function steer(sync: Sync, key: string, full: [number, number], unit: number): boolean {
  const [from, to] = sync.range ?? full;
  const step = sync.step ?? to;
  const clamp = (value: number): number => Math.min(full[1], Math.max(full[0], value));
  const zoom = (factor: number): void => {
    const width = Math.max(4, (to - from) * factor);
    if (width >= full[1] - full[0]) return sync.zoom(undefined);
    const start = Math.min(full[1] - width, Math.max(full[0], step - width / 2));
    sync.zoom([start, start + width]);
  };
  const actions: Record<string, () => void> = {
    ArrowLeft: () => sync.point(clamp(step - unit)),
    ArrowRight: () => sync.point(clamp(step + unit)),
    PageUp: () => sync.point(clamp(step - unit * 10)),
    PageDown: () => sync.point(clamp(step + unit * 10)),
    Home: () => sync.point(full[0]),
    End: () => sync.point(full[1]),
    '+': () => zoom(0.5),
    '=': () => zoom(0.5),
    '-': () => zoom(2),
    Escape: () => {
      sync.zoom(undefined);
      sync.point(undefined);
    },
  };
  actions[key]?.();
  return key in actions;
}
