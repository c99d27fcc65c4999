export { convert } from './convert.js';
export { detect } from './detect.js';
export { type MappingPage, mappingPages } from './mapping-pages.js';
export type {
  ConversionInput,
  ConversionOutcome,
  ConversionRefusal,
  DetectedType,
  Detection,
  Ledger,
  Loss,
  LossReason,
  SourceDocument,
  Warning,
} from './outcome.js';
