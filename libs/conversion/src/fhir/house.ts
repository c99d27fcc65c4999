import type { Device, Organization } from 'fhir/r4.js';

/** The house that makes every normalized record: its author (domain.md section 4). */
export const houseOrganization: Organization = {
  resourceType: 'Organization',
  name: 'Massachusetts General Hospital, International Patient Center',
};

/** The software that assembled the record. Its version is that of the mappings: it changes when the same source gives another record. */
export const houseDevice = (organization: { reference?: string }): Device => ({
  resourceType: 'Device',
  deviceName: [{ name: 'Bulfinch normalization', type: 'user-friendly-name' }],
  version: [{ value: '1' }],
  owner: organization,
});
