import { hasLoss, type RunHeader, scoresOf, type StepRecord } from '../run/record';
import type { RunEvent } from '../host/protocol';
import type { Finding } from '../diagnosis/finding';
import { type Paint, scores, short } from './text';

/** Progress of a run on stderr: a bar that moves on a terminal, one line per epoch otherwise. */
export class Progress {
  private header?: RunHeader;
  private epochLoss = 0;
  private epochSteps = 0;
  private smooth?: number;
  private known = new Set<string>();
  private drawn = false;
  private message = '';
  private start = { step: 0, time: 0 };

  constructor(private readonly stream: NodeJS.WriteStream, private readonly colour: Paint) {}

  event(event: RunEvent): void {
    if (event.type === 'started') this.started(event.header, event.run, event.steps.at(-1)?.step ?? 0);
    else if (event.type === 'steps') event.steps.forEach((step) => this.step(step));
    else if (event.type === 'notice') this.line(event.message);
    else if (event.type === 'findings') this.findings(event.findings);
    else if (event.type === 'progress') this.progress(event);
    else if (event.type === 'ended' || event.type === 'failed') this.clear();
  }

  private started(header: RunHeader, run: string, done: number): void {
    this.header = header;
    this.start = { step: done, time: Date.now() };
    const { parameters, trainSamples, validationSamples, device, deviceReason } = header;
    const count = parameters.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
    this.line(`${this.colour('bold', header.name)}: ${count.toLocaleString('en')} parameters, ${trainSamples} samples to train on, ${validationSamples} to validate, ${device} (${deviceReason})`);
    this.line(this.colour('dim', run));
    if (done > 0) this.line(`going on after step ${done}`);
  }

  private step(record: StepRecord): void {
    if (hasLoss(record)) {
      this.epochLoss += record.loss;
      this.epochSteps++;
      this.smooth = this.smooth === undefined ? record.loss : 0.9 * this.smooth + 0.1 * record.loss;
    }
    if (record.validation) this.epoch(record);
    else if (this.stream.isTTY) this.draw(record);
    else if (record.step === this.start.step + 1) this.line(`step ${record.step}: loss ${short(record.loss)}`);
    if (!this.header || record.validation || this.header.validationSamples > 0) return;
    if (record.step % this.header.stepsPerEpoch === 0) this.epoch(record);
  }

  private epoch({ epoch, validation, step }: StepRecord): void {
    const { config } = this.header!;
    const speed = this.speed(step);
    const measured = validation && `, validation ${scores({ loss: validation.loss, ...scoresOf(this.header!, validation) })}`;
    this.line(`epoch ${epoch + 1}/${config.epochs}: loss ${short(this.epochLoss / this.epochSteps)}${measured ?? ''} ${this.colour('dim', `(${speed})`)}`);
    this.epochLoss = this.epochSteps = 0;
  }

  private findings(findings: Finding[]): void {
    for (const { id, title, severity, step, symptomOf } of findings) {
      if (this.known.has(id) || symptomOf) continue;
      this.known.add(id);
      this.line(this.colour(severity, `${severity} ${step === 0 ? 'before the first step' : `at step ${step}`}: ${title}`));
    }
  }

  private progress({ done, total, message }: Extract<RunEvent, { type: 'progress' }>): void {
    if (this.stream.isTTY) this.bar(done, total, message);
    else if (message !== this.message) this.line(message);
    this.message = message;
  }

  private draw({ step }: StepRecord): void {
    this.bar(step, this.header!.totalSteps, `loss ${short(this.smooth ?? NaN)}  ${this.speed(step)}`);
  }

  private bar(done: number, total: number, text: string): void {
    const width = 24;
    const filled = Math.min(width, Math.round((width * done) / total));
    this.clear();
    const line = `${done}/${total}  ${text}`;
    const room = (this.stream.columns ?? 80) - width - 2;
    this.stream.write(`${'━'.repeat(filled)}${this.colour('dim', '─'.repeat(width - filled))} ${line.length > room ? `${line.slice(0, room - 3)}...` : line}`);
    this.drawn = true;
  }

  private speed(step: number): string {
    const seconds = Math.max(1e-3, (Date.now() - this.start.time) / 1000);
    return `${Math.round(((step - this.start.step) * this.header!.config.batchSize) / seconds).toLocaleString('en')} samples/s`;
  }

  private line(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.drawn) this.stream.write('\r\u001b[K');
    this.drawn = false;
  }
}
