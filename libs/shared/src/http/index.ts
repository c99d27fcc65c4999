export * from './app.js';
export * from './auth.guard.js';
export * from './caller.js';
export * from './problem.filter.js';
export * from './problem.js';
export * from './token-verifier.js';
export * from './trace.js';
