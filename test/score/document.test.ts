import { expect, it } from 'vitest';
import { withSection } from './document';

it('renews one section and leaves the others, in their order', () => {
  const first = withSection('', 'Calibration of the rules', 'old\n\n### Part\n\n| a |');
  const both = withSection(first, 'Third-party cases', 'cases');
  const renewed = withSection(both, 'Calibration of the rules', 'new');
  expect(both.match(/^## .*/gm)).toEqual(['## Third-party cases', '## Calibration of the rules']);
  expect(both).toContain('### Part\n\n| a |');
  expect(renewed).toBe(both.replace('old\n\n### Part\n\n| a |', 'new'));
});
