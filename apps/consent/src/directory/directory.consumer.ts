import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Cases, IncomingMessage, Settled } from '#libs/eventing';
import { decide, evolve, type Recipient, type RecipientFact, type RecipientInput, unknownRecipient } from './domain/recipient.js';

export type RecipientCases = Cases<Recipient, RecipientInput, never>;
export const RECIPIENTS = 'consent:recipients';

/** What consent follows of the directory: one case a party, told to no one. */
export const recipientCases = {
  service: 'consent',
  collection: 'recipients',
  shape: 1,
  topic: undefined,
  initial: unknownRecipient,
  decide,
  evolve: (recipient: Recipient, fact: RecipientFact): Recipient => evolve(recipient, fact),
  publish: (): undefined => undefined,
} as const;

@Controller()
export class DirectoryConsumer {
  constructor(@Inject(RECIPIENTS) private readonly recipients: RecipientCases) {}

  @EventPattern<string>('bulfinch.directory.v1', { reader: 'consent' })
  onDirectory(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.recipients.receive('bulfinch.directory.v1', message, ({ data }) => {
      const { version, kind, verifiedUntil, suspended, channelHash } = data;
      return { type: 'PartyChanged', version, kind, suspended, channelHash, ...(verifiedUntil === undefined ? {} : { verifiedUntil }) };
    });
  }
}
