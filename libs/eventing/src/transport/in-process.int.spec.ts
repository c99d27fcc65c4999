import { describeTransport } from '../testing/transport-contract.js';

describeTransport('in-process');
