import { adamFaults } from './adamFaults';
import type { Case } from './case';
import { faulty } from './faults';
import { healthy } from './healthy';

export const cases: readonly Case[] = [...healthy, ...faulty, ...adamFaults];
