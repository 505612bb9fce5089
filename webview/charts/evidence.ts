/** The small picture in a finding: what was judged, around the fault, against its limit. The same drawing as in a report. */
import { evidenceChart } from '../../engine/chart/evidence';
import type { Markup } from '../../engine/chart/markup';
import type { Evidence, Finding } from '../../engine/diagnosis/finding';
import { h } from '../dom';

const HEIGHT = 96;

/** Undefined where there is no number to draw. */
export function evidencePicture(evidence: Evidence, finding: Finding): HTMLElement | undefined {
  return drawnAtWidth((width) => evidenceChart(evidence, finding, { width, height: HEIGHT }));
}

/** A picture that is drawn anew at every width, so that its text keeps its size. */
export function drawnAtWidth(picture: (width: number) => Markup | undefined): HTMLElement | undefined {
  const draw = (width: number): Node | undefined => {
    const drawn = picture(width);
    return drawn && document.importNode(new DOMParser().parseFromString(String(drawn), 'image/svg+xml').documentElement, true);
  };
  if (!draw(100)) return undefined;
  const frame = h('div.evidence');
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width > 0) frame.replaceChildren(draw(Math.round(contentRect.width))!);
  }).observe(frame);
  return frame;
}
