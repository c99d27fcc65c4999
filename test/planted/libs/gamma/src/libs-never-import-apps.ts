import type { thing } from '../../../apps/beta/src/thing.js';
export type Planted = typeof thing;
