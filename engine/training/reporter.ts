import type { Finding } from '../diagnosis/finding';
import type { EngineEvents } from '../host/protocol';
import type { StepRecord } from '../run/record';

/** Shortest time between two messages: the panel draws no faster. */
const milliseconds = 100;

/** Sends what happens in a run, steps in batches. The first step goes out at once: a user waits for it. */
export class Reporter {
  private waiting: StepRecord[] = [];
  private sent = -Infinity;

  constructor(private readonly run: string, private readonly events: EngineEvents) {}

  step(record: StepRecord): void {
    this.waiting.push(record);
    if (performance.now() - this.sent >= milliseconds) this.flush();
  }

  findings(findings: Finding[]): void {
    this.flush();
    this.events.event({ type: 'findings', run: this.run, findings });
  }

  flush(): void {
    if (this.waiting.length === 0) return;
    this.events.event({ type: 'steps', run: this.run, steps: this.waiting });
    this.waiting = [];
    this.sent = performance.now();
  }
}
