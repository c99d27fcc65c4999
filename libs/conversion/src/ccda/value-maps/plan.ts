import type { ValueMap } from '../../mapping/value-map.js';

const actStatus = 'http://terminology.hl7.org/CodeSystem/v3-ActStatus';
const noPage = 'HL7 has no page and no ConceptMap for plans; the words of both code systems mean the same';

/** The status of a request, from ActStatus. */
export const requestStatus: ValueMap<'draft' | 'active' | 'on-hold' | 'revoked' | 'completed' | 'entered-in-error'> = {
  name: 'request status',
  url: 'https://bulfinch.org/maps/request-status',
  source: actStatus,
  ours: noPage,
  rows: [
    ['new', 'new', 'draft'],
    ['active', 'active', 'active'],
    ['held', 'held', 'on-hold'],
    ['suspended', 'suspended', 'on-hold'],
    ['aborted', 'aborted', 'revoked'],
    ['cancelled', 'cancelled', 'revoked'],
    ['completed', 'completed', 'completed'],
    ['nullified', 'nullified', 'entered-in-error'],
  ],
};

/** How firm a planned act is, from its mood. */
export const requestIntent: ValueMap<'proposal' | 'plan' | 'order'> = {
  name: 'request intent',
  url: 'https://bulfinch.org/maps/request-intent',
  source: 'http://terminology.hl7.org/CodeSystem/v3-ActMood',
  ours: noPage,
  rows: [
    ['INT', 'intent', 'plan'],
    ['RQO', 'request', 'order'],
    ['PRP', 'proposal', 'proposal'],
    ['PRMS', 'promise', 'plan'],
    ['APT', 'appointment', 'plan'],
    ['ARQ', 'appointment request', 'order'],
  ],
};

/** The life of a goal, from ActStatus. */
export const goalStatus: ValueMap<'proposed' | 'active' | 'on-hold' | 'cancelled' | 'completed' | 'entered-in-error'> = {
  name: 'goal status',
  url: 'https://bulfinch.org/maps/goal-status',
  source: actStatus,
  ours: noPage,
  rows: [
    ['new', 'new', 'proposed'],
    ['active', 'active', 'active'],
    ['held', 'held', 'on-hold'],
    ['suspended', 'suspended', 'on-hold'],
    ['aborted', 'aborted', 'cancelled'],
    ['cancelled', 'cancelled', 'cancelled'],
    ['completed', 'completed', 'completed'],
    ['nullified', 'nullified', 'entered-in-error'],
  ],
};

/** The status of a device’s use, from ActStatus. */
export const deviceUseStatus: ValueMap<'active' | 'on-hold' | 'stopped' | 'completed' | 'entered-in-error'> = {
  name: 'device use status',
  url: 'https://bulfinch.org/maps/device-use-status',
  source: actStatus,
  ours: noPage,
  rows: [
    ['active', 'active', 'active'],
    ['held', 'held', 'on-hold'],
    ['suspended', 'suspended', 'on-hold'],
    ['aborted', 'aborted', 'stopped'],
    ['completed', 'completed', 'completed'],
    ['nullified', 'nullified', 'entered-in-error'],
  ],
};

/** The status of a dispense, from ActStatus. */
export const dispenseStatus: ValueMap<'in-progress' | 'on-hold' | 'stopped' | 'cancelled' | 'completed' | 'entered-in-error'> = {
  name: 'dispense status',
  url: 'https://bulfinch.org/maps/dispense-status',
  source: actStatus,
  ours: noPage,
  rows: [
    ['active', 'active', 'in-progress'],
    ['held', 'held', 'on-hold'],
    ['suspended', 'suspended', 'on-hold'],
    ['aborted', 'aborted', 'stopped'],
    ['cancelled', 'cancelled', 'cancelled'],
    ['completed', 'completed', 'completed'],
    ['nullified', 'nullified', 'entered-in-error'],
  ],
};
