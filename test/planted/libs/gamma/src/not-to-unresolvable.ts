import { nothing } from './is-not-there.js';
export const planted = nothing;
