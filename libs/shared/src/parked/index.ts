export * from './parked.controller.js';
