import { planted } from './no-cycles.js';
export const other = () => planted;
