export * from './run.js';
export * from './service.module.js';
