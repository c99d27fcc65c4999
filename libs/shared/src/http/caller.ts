import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Actor } from '#libs/contracts';

/** Roles of doors.md. A role is a claim of the token; the object is checked beside it at every door. */
export const roles = [
  'records-staff',
  'reviewer',
  'privacy-officer',
  'auditor',
  'operator',
  'specialist',
  'clinic',
  'patient',
  'system',
] as const;
export type Role = (typeof roles)[number];

/** Who calls, as the verified token says. `partyId` is set for a clinic's token. */
export interface Caller {
  readonly subject: string;
  readonly roles: readonly Role[];
  readonly partyId?: string;
  readonly actor: Actor;
}

export const rolesKey = 'bulfinch:roles';
export const publicKey = 'bulfinch:public';
export const fhirKey = 'bulfinch:fhir';

/** Who may pass this door. A door without `@Roles` or `@Public` is shut for all. */
export const Roles = (...allowed: Role[]): MethodDecorator & ClassDecorator => SetMetadata(rolesKey, allowed);
/** A door that asks for no token: health, readiness, metrics. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(publicKey, true);
/** Refusals of this door are FHIR OperationOutcomes. */
export const FhirDoor = (): MethodDecorator & ClassDecorator => SetMetadata(fhirKey, true);

/** The verified caller of the request. The guard has put it there before any handler runs. */
export const CurrentCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => callerOf(context.switchToHttp().getRequest()),
);

const callers = new WeakMap<object, Caller>();
export function rememberCaller(request: object, caller: Caller): void {
  callers.set(request, caller);
}
function callerOf(request: object): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('this door is public and has no caller');
  return caller;
}

export function hasRole(caller: Caller, ...wanted: Role[]): boolean {
  return wanted.some((role) => caller.roles.includes(role));
}

/** The caller as events name an actor. */
export function asActor(caller: Caller): Actor {
  return caller.actor;
}
