export * from './decision.js';
export * from './name-words.js';
export * from './reference.js';
