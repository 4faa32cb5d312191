import { Role, TokenPermission } from '../contract.ts';

/** What each role is called and lets one do, for those who give it. */
export const ROLE_WORDS: Readonly<Record<Role, readonly [name: string, does: string]>> = {
  administrator: ['Administrator', 'Lets people in and out, gives roles, runs the program. Reads no secret by this role.'],
  counsel: ['Counsel', 'Registers secrets, knows of all of them, reviews what matched, reads the ledger.'],
  security: ['Security', 'Reviews what was checked, and what matched.'],
  owner: ['Owner', 'Registers the secrets of a unit and decides who is let in.'],
  employee: ['Employee', 'Works with the secrets that were granted, and checks texts before they leave.'],
  auditor: ['Auditor', 'Reads the ledger and proves it. Sees no secret.'],
};
export const ROLES = Role.options;

export const TOKEN_WORDS: Readonly<Record<TokenPermission, string>> = {
  'guard:inspect': 'Check texts and files',
  'guard:review': 'See inspections and what matched',
  'register:list': 'List secrets by code name',
  'register:enter': 'Enter secrets in the register',
  'vault:list': 'List documents',
  'vault:store': 'Store documents',
  'evidence:entries': 'Read the ledger',
  'platform:operate': 'Operate the server: health and figures',
};
export const TOKEN_PERMISSIONS = TokenPermission.options;

/** "Counsel, owner". */
export function nameRoles(roles: readonly Role[]): string {
  const names = ROLES.filter((role) => roles.includes(role)).map((role) => ROLE_WORDS[role][0].toLowerCase());
  const text = names.join(', ');
  return text ? text[0]!.toUpperCase() + text.slice(1) : 'No role';
}
