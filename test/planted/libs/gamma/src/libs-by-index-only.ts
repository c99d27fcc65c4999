import { inner } from '../../delta/src/inner.js';
export const planted = inner;
