export * from './decision.js';
export * from './reference.js';
