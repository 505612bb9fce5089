import type { EngineClient } from '../../engine/host/client';
import type { EngineEvents, EngineFunctions, ResumeRequest, RunEvent, RunResult, TrainRequest } from '../../engine/host/protocol';
import { Emitter } from '../emitter';
import type { RunStore } from '../runs/runStore';

/** Starts an engine process. A call that is pending when the process dies is rejected with a sentence that says why. */
export type StartEngine = (events: EngineEvents) => Pick<EngineClient, 'functions' | 'dispose'>;

/** One training from the user's command to its end; it has its own process. */
export interface Session {
  /** The run file; a resumed run may have none. */
  readonly runFile?: string;
  /** The run folder; unknown until the engine has read model and data. */
  run?: string;
  state: 'starting' | 'training' | 'stopping';
  /** Rejects with an Error of one sentence: a mistake in the run file, a failure, the process's death. */
  readonly result: Promise<RunResult>;
}

/** How long the engine may take to finish its step and save before its process is ended. */
const stopPatience = 20_000;

/** All trainings that live. Their events go to the run store. */
export class Sessions {
  private readonly live = new Map<Session, ReturnType<StartEngine>>();
  private readonly changes = new Emitter<Session>();
  private readonly events = new Emitter<RunEvent>();
  readonly onDidChange = this.changes.event;
  /** Every event of every engine, after the store has taken it. */
  readonly onEvent = this.events.event;

  constructor(
    private readonly start: StartEngine,
    private readonly store: RunStore,
    private readonly log: EngineEvents['log'],
  ) {}

  all(): Session[] {
    return [...this.live.keys()];
  }

  ofRunFile(runFile: string): Session | undefined {
    return this.all().find((session) => session.runFile === runFile);
  }

  ofRun(folder: string): Session | undefined {
    return this.all().find((session) => session.run === folder);
  }

  train(request: TrainRequest): Session {
    return this.open(request.runFile, undefined, (engine) => engine.train(request));
  }

  resume(request: ResumeRequest, runFile?: string): Session {
    return this.open(runFile, request.run, (engine) => engine.resume(request));
  }

  /** Resolves once the store knows the session's run, or the session is over without one. */
  async begun(session: Session): Promise<void> {
    if (session.run) return;
    let known = (): void => {};
    const listener = this.onEvent(() => { if (session.run) known(); });
    await Promise.race([new Promise<void>((resolve) => { known = resolve; }), session.result.then(() => {}, () => {})]);
    listener.dispose();
  }

  /** Ends a training after the step in progress; a process that does not listen is ended. Resolves when it is over. */
  async stop(session: Session): Promise<void> {
    const engine = this.live.get(session);
    if (!engine) return;
    session.state = 'stopping';
    this.changes.fire(session);
    const over = session.result.then(() => {}, () => {});
    const impatience = setTimeout(() => void engine.dispose(0), stopPatience);
    await engine.functions.stop().catch((error: Error) => this.log('warn', `stop: ${error.message}`));
    await over.finally(() => clearTimeout(impatience));
  }

  /** For a request that makes no run; `event` hears how far it is. */
  async once<T>(ask: (engine: EngineFunctions) => Promise<T>, event: EngineEvents['event'] = () => {}): Promise<T> {
    const engine = this.start({ event, log: this.log });
    return ask(engine.functions).finally(() => engine.dispose());
  }

  /** The engines save what they have and end; the window does not wait for them. */
  dispose(): void {
    for (const engine of this.live.values()) void engine.dispose();
  }

  private open(runFile: string | undefined, run: string | undefined, work: (engine: EngineFunctions) => Promise<RunResult>): Session {
    const engine = this.start({ event: (event) => this.take(session, event), log: this.log });
    const result = work(engine.functions)
      .catch((error: Error) => {
        if (session.run) this.store.fail(session.run, error.message);
        throw error;
      })
      .finally(() => {
        void engine.dispose();
        this.live.delete(session);
        this.changes.fire(session);
      });
    const session: Session = { runFile, run, state: 'starting', result };
    result.catch(() => {}); // whoever asked looks at `result`; nobody has to
    this.live.set(session, engine);
    this.changes.fire(session);
    return session;
  }

  private take(session: Session, event: RunEvent): void {
    session.run = event.run;
    if (event.type === 'started' && session.state === 'starting') {
      session.state = 'training';
      this.changes.fire(session);
    }
    this.store.apply(event);
    this.events.fire(event);
  }
}
