import { thing } from '../../beta/src/thing.js';
export const planted = thing;
