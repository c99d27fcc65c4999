import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { publicKey, type Role, rememberCaller, rolesKey } from './caller.js';
import { Problem } from './problem.js';
import type { TokenVerifier } from './token-verifier.js';

/** Longest Authorization header looked at, characters. */
const headerLengthMax = 8192;

/** Every door: a valid token and one of its roles. Deny by default: a door that names no role is shut. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly reflector = new Reflector();
  constructor(private readonly verify: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(publicKey, targets)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const header = request.headers.authorization ?? '';
    const token = header.length <= headerLengthMax ? /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1] : undefined;
    if (!token) throw new Problem(401, 'no-token', 'Send Authorization: Bearer with a token of the issuer.');
    const caller = await this.verify(token).catch(() => {
      throw new Problem(503, 'issuer-not-reached', 'The token issuer did not answer; try again.');
    });
    if (!caller) throw new Problem(401, 'token-not-valid', 'The token is expired, for another audience, or not of this issuer.');
    const allowed = this.reflector.getAllAndOverride<Role[] | undefined>(rolesKey, targets) ?? [];
    if (!allowed.some((role) => caller.roles.includes(role)))
      throw new Problem(403, 'role-not-allowed', 'Your role does not open this door.');
    rememberCaller(request, caller);
    return true;
  }
}
