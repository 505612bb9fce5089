/** As `vscode.EventEmitter`, without `vscode`: what listens to runs is tested outside the editor. */
export class Emitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(value);
      } catch (error) {
        // The others must hear of it all the same; the editor logs what is thrown outside.
        queueMicrotask(() => { throw error; });
      }
    }
  }
}
