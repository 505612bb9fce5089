/** The extension host as seen from the page: requests with answers, messages, and the state that survives a reload. */
import type { HostMessage, PanelMessage, PanelRequest, PanelState } from '../extension/panel/protocol';

interface VsCodeApi {
  postMessage(message: PanelMessage): void;
  getState(): PanelState | undefined;
  setState(state: PanelState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();
const waiting = new Map<number, (error?: string) => void>();
let requests = 0;

/** What the user chose; kept across reloads. */
export interface Choices {
  run: string;
  measure: string;
  /** Name of the selected row of the heat map. */
  item: string;
  /** Undefined: chosen by the range of the values. */
  logLoss?: boolean;
  smoothing: number;
  /** Name of the metric that is drawn; empty: that of the loss. */
  metric: string;
}

export const choices: Choices = { run: '', measure: 'parameter.gradientNorm', item: '', smoothing: 0.9, metric: '', ...api.getState() };

export function keep(change: Partial<Choices>): void {
  Object.assign(choices, change);
  api.setState({ ...choices });
}

/** Resolves when the host has done it; rejects with its one sentence. */
export function request(request: PanelRequest): Promise<void> {
  const id = ++requests;
  return new Promise((resolve, reject) => {
    waiting.set(id, (error) => (error === undefined ? resolve() : reject(new Error(error))));
    api.postMessage({ type: 'request', id, request });
  });
}

/** For requests whose failure the host itself reports to the user. */
export const send = (message: PanelRequest): void => void request(message).catch(() => undefined);

export function listen(receive: (message: Exclude<HostMessage, { type: 'reply' }>) => void): void {
  window.addEventListener('message', ({ data }: MessageEvent<HostMessage>) => {
    if (data.type !== 'reply') return receive(data);
    waiting.get(data.id)?.(data.error);
    waiting.delete(data.id);
  });
  api.postMessage({ type: 'ready' });
}
