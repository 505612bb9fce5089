/**
 * Redraws at most ten times a second, in an animation frame, and not at all while the page is hidden. On a slow machine less often still:
 * drawing never takes more than about a quarter of the time, so that the controls answer.
 */
const INTERVAL = 100;

export class Frame {
  private wanted = false;
  private drawn = -Infinity;
  private pause = INTERVAL;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly draw: () => void) {
    document.addEventListener('visibilitychange', () => {
      if (this.wanted) this.request();
    });
  }

  request(): void {
    this.wanted = true;
    if (this.timer !== undefined || document.hidden) return;
    this.timer = setTimeout(() => requestAnimationFrame(this.run), Math.max(0, this.drawn + this.pause - performance.now()));
  }

  /** For what the user has just done: in the next animation frame. */
  now(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.pause = 0;
    this.request();
  }

  private readonly run = (): void => {
    this.timer = undefined;
    if (document.hidden) return;
    this.wanted = false;
    this.drawn = performance.now();
    this.draw();
    this.pause = Math.max(INTERVAL, 4 * (performance.now() - this.drawn));
  };
}
