/** Values for the examples of the schemas: invented ids, no person behind them. */
export const exampleIds = {
  patient: '6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01',
  referral: '0b7d3c66-1f2a-4d8e-9c55-7e8f90a1b202',
  document: '5c4d3e2f-1a0b-4c9d-8e7f-6a5b4c3d2e03',
  blob: '9a8b7c6d-5e4f-4a3b-8c1d-0e9f8a7b6c04',
  consent: '3e2d1c0b-9a8f-4e7d-a6c5-b4a39281f005',
  delivery: '7f6e5d4c-3b2a-4190-8f7e-6d5c4b3a2906',
  hold: '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e07',
  access: '2d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f08',
  otherPatient: '4e5f6a7b-8c9d-4e0f-a1b2-3c4d5e6f7a09',
} as const;
export const exampleTransferId = '0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b';
export const exampleActor = { kind: 'user', id: 'staff-17' } as const;
export const exampleBlob = {
  blobId: exampleIds.blob,
  sha256: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
  sizeBytes: 38_211,
} as const;
export const exampleInstant = '2026-11-24T12:00:00.000Z';
export const exampleFacts = {
  direction: 'outbound',
  patientId: exampleIds.patient,
  referralId: exampleIds.referral,
  senderId: 'mgh',
  recipientId: 'clinica-lisboa',
  purpose: 'TREAT',
  basis: 'authorization',
  consentIds: [exampleIds.consent] as string[],
  scope: {},
  onWithheld: 'hold',
  actor: exampleActor,
} as const;
