/** What paired runs said of a remedy: both curves and the difference. */
import { verificationChart, verificationColours } from '../../engine/chart/verification';
import type { Verification } from '../../engine/diagnosis/finding';
import { h } from '../dom';
import { number, percent } from '../format';
import { t } from '../strings';
import { drawnAtWidth } from './evidence';

const HEIGHT = 96;

export function verificationPicture(verified: Verification): HTMLElement {
  const { ratio, difference, diverged, seeds, measure } = verified;
  const colours = verificationColours(verified);
  const key = (name: string, colour: string): HTMLElement => {
    const line = h('b', {}, '━ ');
    line.style.color = colour; // the panel's content policy blocks the attribute
    return h('span', {}, line, name);
  };
  const says = ratio ? t('ratio', measure, number(ratio.mean), percent(0.95), number(ratio.low), number(ratio.high)) : difference
    ? t('difference', measure, number(difference.mean), percent(0.95), number(difference.low), number(difference.high))
    : t('divergedAt', diverged.without, diverged.with, seeds.length);
  return h('figure.verification', {}, h('figcaption', {}, h('span', {}, says), key(t('withChange'), colours.with), key(t('without'), colours.without)),
    drawnAtWidth((width) => verificationChart(verified, { width, height: HEIGHT })));
}
