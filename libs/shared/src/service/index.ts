export * from './census.js';
export * from './run.js';
export * from './service.module.js';
