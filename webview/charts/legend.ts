/** The colour ramp between the two values at its ends. */
import { h } from '../dom';
import { number, power } from '../format';
import { theme } from '../theme';
import { ramp, RAMP_SIZE, type ColourScale } from '../../engine/chart/colour';

export class Legend {
  private readonly ramp = h('canvas.legend', { role: 'img' });
  private readonly low = h('span');
  private readonly high = h('span');
  readonly element = h('span.legend-box', {}, this.low, this.ramp, this.high);

  update({ low, high, log }: ColourScale, show = (value: number): string => (log && (low < 1e-3 || high >= 1e4) ? power(value) : number(value))): void {
    const colours = ramp(theme.dark);
    this.ramp.width = RAMP_SIZE;
    this.ramp.height = 1;
    const context = this.ramp.getContext('2d')!;
    const image = context.createImageData(RAMP_SIZE, 1);
    colours.forEach((colour, i) => image.data.set([...colour, 255], i * 4));
    context.putImageData(image, 0, 0);
    this.low.textContent = show(low);
    this.high.textContent = show(high);
    this.ramp.setAttribute('aria-label', `${show(low)} – ${show(high)}`);
  }
}
