import type { Consent } from 'fhir/r4.js';

export interface Grant {
  readonly patientId: string;
  readonly recipientId: string;
  readonly purpose: string;
  /** FHIR dateTime of the end, where it has one. */
  readonly until?: string;
  /** When the patient signed. */
  readonly signedAt: string;
}

/** A patient's permission for one recipient and one purpose, as FHIR R4: what `PUT /consent/consents/{id}` takes. Everything else is denied (OPTIN). */
export function consentResource(id: string, { patientId, recipientId, purpose, until, signedAt }: Grant): Consent {
  return {
    resourceType: 'Consent',
    id,
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: `Patient/${patientId}` },
    dateTime: signedAt,
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: {
      type: 'permit',
      ...(until === undefined ? {} : { period: { end: until } }),
      actor: [
        {
          role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
          reference: { reference: `Organization/${recipientId}` },
        },
      ],
      purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: purpose }],
    },
  };
}
