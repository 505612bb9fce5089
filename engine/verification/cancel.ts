/** Lets whoever started something long end it in good order. */
export class Cancel {
  reason?: string;

  stop(reason: string): void {
    this.reason ??= reason;
  }
}

/** How far something long is. */
export interface Progress {
  done: number;
  total: number;
  message: string;
}
