import {
  act,
  contract,
  event,
  failure,
  Instant,
  InvitationId,
  Nothing,
  open,
  page,
  paged,
  personal,
  PersonId,
  read,
  SessionId,
  TokenId,
} from '@underseal/contract';
import { z } from 'zod';

export const Role = z.enum(['administrator', 'counsel', 'security', 'owner', 'employee', 'auditor']);
export type Role = z.infer<typeof Role>;

/** What each role may ask for. Content is never in this table: only a grant gives it. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly string[]>> = {
  administrator: ['people:list', 'people:invite', 'people:role', 'people:reset', 'people:attest', 'people:token', 'platform:operate'],
  counsel: [
    'people:list',
    'people:attest',
    'register:list',
    'register:enter',
    'register:reassign',
    'register:open',
    'access:grant',
    'access:list',
    'vault:list',
    'vault:store',
    'vault:open',
    'guard:inspect',
    'guard:review',
    'guard:who',
    'evidence:read',
    'evidence:entries',
  ],
  security: [
    'people:list',
    'people:attest',
    'register:list',
    'register:open',
    'vault:list',
    'vault:open',
    'guard:inspect',
    'guard:review',
    'guard:who',
    'evidence:read',
    'people:token',
  ],
  owner: [
    'people:list',
    'people:attest',
    'register:list',
    'register:enter',
    'register:open',
    'access:grant',
    'access:list',
    'vault:list',
    'vault:store',
    'vault:open',
    'guard:inspect',
    'guard:review',
    'evidence:read',
  ],
  employee: ['register:list', 'register:open', 'vault:list', 'vault:open', 'guard:inspect', 'evidence:read'],
  auditor: ['people:list', 'evidence:entries'],
};
/** Roles by which somebody can answer for a secret: enter and revise it, hand it on, and let people in. */
export const OWNING_ROLES: readonly Role[] = (Object.keys(ROLE_PERMISSIONS) as Role[]).filter((role) =>
  ['register:enter', 'access:grant'].every((permission) => (ROLE_PERMISSIONS[role] as readonly string[]).includes(permission)),
);
/** What opens the content that somebody was let in to: elements and documents. */
export const OPENING: readonly string[] = ['register:open', 'vault:open'];
/** What a token may be given: it acts for a program, so nothing here releases content. */
export const TokenPermission = z.enum([
  'guard:inspect',
  'guard:review',
  'register:list',
  'register:enter',
  'vault:list',
  'vault:store',
  'evidence:entries',
  'platform:operate',
]);
export type TokenPermission = z.infer<typeof TokenPermission>;
export const TOKEN_DAYS_MOST = 366;

const Email = z
  .email()
  .max(254)
  .transform((email) => email.toLowerCase());
/** One line of text: nothing that cannot be shown, nothing that is half a character. */
const Line = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has characters that cannot be shown');
const Reason = z
  .string()
  .trim()
  .min(5)
  .max(500)
  .regex(/^\P{Cs}*$/u, 'has half a character');
const PersonName = Line.min(1).max(120);
/** Length is what counts (NIST SP 800-63B-4, 3.1.1.2); the most common ones are refused by rule. */
const Password = z.string().min(12).max(200);
/** Which second factor is asked for: the sweep holds it against the ledger. */
const CredentialId = z.string().regex(/^crd_[0-9a-hjkmnp-tv-z]{26}$/);
const TotpCode = z.string().regex(/^\d{6}$/);

export const Person = z.strictObject({
  id: PersonId,
  name: z.string(),
  email: z.string(),
  roles: z.array(Role),
  active: z.boolean(),
  /** Has a password by a link that another made, and nobody else has confirmed her yet. */
  inDoubt: z.boolean(),
  /** Whoever asks may confirm her: neither of the two who could have used the link. */
  confirmable: z.boolean(),
  since: Instant,
  secondFactor: z.boolean(),
});
export const Me = z.strictObject({
  id: PersonId,
  name: z.string(),
  email: z.string(),
  organisation: z.string(),
  roles: z.array(Role),
  permissions: z.array(z.string()),
  /** Everything is closed until somebody else confirms that it is she. */
  inDoubt: z.boolean(),
  secondFactor: z.boolean(),
  session: z.strictObject({
    id: SessionId,
    strong: z.boolean(),
    expiresAt: Instant,
    /** Seconds for which no fresh proof is asked for. */
    proved: z.int().min(0),
  }),
});
export const Session = z.strictObject({
  id: SessionId,
  current: z.boolean(),
  kind: z.enum(['browser', 'command-line']),
  strong: z.boolean(),
  startedAt: Instant,
  seenAt: Instant,
  expiresAt: Instant,
});
/** What a browser keeps from a full sign-in on: with it, guesses made elsewhere make nobody wait here. It opens nothing; the command line gets none. */
const Device = z.string().optional();
const SignedIn = z.strictObject({ personId: PersonId, sessionToken: z.string(), expiresAt: Instant, strong: z.boolean(), device: Device });

export const installed = event('people.installed', {
  personId: open(PersonId),
  organisation: personal('personId', z.string()),
  email: personal('personId', z.string()),
  name: personal('personId', z.string()),
});
export const invited = event('people.invited', { invitationId: open(InvitationId), roles: open(z.array(Role)) });
export const invitationWithdrawn = event('people.invitation_withdrawn', { invitationId: open(InvitationId) });
export const joined = event('people.joined', {
  personId: open(PersonId),
  invitationId: open(InvitationId),
  roles: open(z.array(Role)),
  name: personal('personId', z.string()),
  email: personal('personId', z.string()),
});
export const signedIn = event('people.signed_in', {
  personId: open(PersonId),
  sessionId: open(SessionId),
  strong: open(z.boolean()),
  address: personal('personId', z.string()),
});
export const signedOut = event('people.signed_out', { personId: open(PersonId), sessionId: open(SessionId) });
export const factorBegun = event('people.factor_begun', { personId: open(PersonId) });
export const proved = event('people.proved', { personId: open(PersonId), sessionId: open(SessionId), strong: open(z.boolean()) });
export const passwordChanged = event('people.password_changed', { personId: open(PersonId) });
export const resetMade = event('people.reset_made', { personId: open(PersonId), reason: personal('personId', z.string()) });
export const passwordReset = event('people.password_reset', { personId: open(PersonId) });
export const attested = event('people.attested', { personId: open(PersonId), reason: personal('personId', z.string()) });
/** By who holds the machine, where no link helps: a new password, and where said the app is taken away. In doubt: somebody else here has to confirm her. */
export const recovered = event('people.recovered', {
  personId: open(PersonId),
  withoutApp: open(z.boolean()),
  inDoubt: open(z.boolean()),
  reason: personal('personId', z.string()),
});
export const factorAdded = event('people.factor_added', { personId: open(PersonId), credentialId: open(CredentialId) });
export const roleChanged = event('people.role_changed', {
  personId: open(PersonId),
  role: open(Role),
  given: open(z.boolean()),
  reason: personal('personId', z.string()),
});
export const left = event('people.left', { personId: open(PersonId), reason: personal('personId', z.string()) });
export const tokenMade = event('people.token_made', { tokenId: open(TokenId), permissions: open(z.array(TokenPermission)) });
export const tokenEnded = event('people.token_ended', { tokenId: open(TokenId) });

export const people = contract({
  name: 'people',
  operations: {
    status: read({
      needs: 'anyone',
      says: 'Whether this installation has been set up, and whether whoever asks is signed in.',
      input: z.strictObject({}),
      output: z.strictObject({ installed: z.boolean(), signedIn: z.boolean() }),
    }),
    install: act({
      needs: 'anyone',
      says: 'Sets up: first administrator and the recovery kit, by the one-time code that the first start prints.',
      input: z.strictObject({
        code: z.string().min(8).max(100),
        organisation: Line.min(1).max(120),
        name: PersonName,
        email: Email,
        password: Password,
        kind: z.enum(['browser', 'command-line']).default('browser'),
      }),
      output: z.strictObject({ ...SignedIn.shape, recoveryKit: z.string() }),
      records: [installed, roleChanged, signedIn],
    }),
    signIn: act({
      needs: 'anyone',
      says: 'Opens a session by password and, where enrolled, a one-time code; of more than 50 of one person the one that was not used for longest ends.',
      input: z.strictObject({
        email: Line.max(254),
        password: z.string().max(200),
        code: TotpCode.optional(),
        kind: z.enum(['browser', 'command-line']).default('browser'),
      }),
      output: SignedIn,
      records: [signedIn, signedOut],
    }),
    signOut: act({ needs: 'self', says: 'Ends the session in use.', input: z.strictObject({}), output: Nothing, records: [signedOut] }),
    me: read({ needs: 'self', says: 'Who is asking, and what they may ask for.', input: z.strictObject({}), output: Me }),
    sessions: read({ needs: 'self', says: 'The own open sessions.', input: z.strictObject({ ...page }), output: paged(Session) }),
    endSession: act({
      needs: 'self',
      says: 'Ends one of the own sessions.',
      input: z.strictObject({ sessionId: SessionId }),
      output: Nothing,
      records: [signedOut],
    }),
    beginFactor: act({
      needs: 'self',
      says: 'Starts to add a one-time code app: gives its secret once. Where an app is in use, a code of it is asked as well.',
      input: z.strictObject({ password: z.string().max(200), code: TotpCode.optional() }),
      output: z.strictObject({ uri: z.string(), secret: z.string() }),
      records: [factorBegun],
    }),
    confirmFactor: act({
      needs: 'self',
      says: 'Confirms the app by its first code.',
      input: z.strictObject({ code: TotpCode }),
      output: Nothing,
      records: [factorAdded],
    }),
    prove: act({
      needs: 'self',
      says: 'Proves again who is asking, for what needs it fresh: by a code where an app is enrolled, else by the password.',
      input: z.strictObject({ code: TotpCode.optional(), password: z.string().max(200).optional() }),
      output: Nothing,
      records: [proved],
    }),
    changePassword: act({
      needs: 'self',
      says: 'Changes the own password by the present one; all other sessions end.',
      input: z.strictObject({ present: z.string().max(200), password: Password }),
      output: z.strictObject({ device: Device }),
      records: [passwordChanged],
    }),
    makeReset: act({
      needs: 'people:reset',
      says: 'Makes a link by which somebody chooses a new password, once, within the hour; it is given once, and asks for a fresh proof.',
      input: z.strictObject({ personId: PersonId, reason: Reason }),
      /** Confirmable: there is somebody who may attest the person once the link is used. */
      output: z.strictObject({ url: z.string(), expiresAt: Instant, confirmable: z.boolean() }),
      records: [resetMade],
    }),
    reset: read({
      needs: 'anyone',
      says: 'Whose password a reset code is for.',
      input: z.strictObject({ code: z.string().max(100) }),
      output: z.strictObject({ organisation: z.string(), email: z.string(), name: z.string() }),
    }),
    resetPassword: act({
      needs: 'anyone',
      says: 'Chooses a new password by a reset code: all sessions end, the second factor stays, and everything is closed until somebody else confirms the person.',
      input: z.strictObject({ code: z.string().max(100), password: Password }),
      output: Nothing,
      records: [passwordReset],
    }),
    attest: act({
      needs: 'people:attest',
      says: 'Confirms that a person with a password by a link is who she was: not for herself, nor for who made the link.',
      input: z.strictObject({ personId: PersonId, reason: Reason }),
      output: Nothing,
      records: [attested],
    }),
    list: read({
      needs: 'people:list',
      says: 'People of the organisation, by name; a search looks at how names and mail addresses begin.',
      input: z.strictObject({
        search: Line.max(100).optional(),
        /** Only who works here, or only who does no more. */
        state: z.enum(['here', 'left']).optional(),
        /** Only who holds one of these now. */
        roles: z.array(Role).min(1).max(6).optional(),
        ...page,
      }),
      output: paged(Person),
    }),
    invite: act({
      needs: 'people:invite',
      says: 'Makes an invitation link that works without mail; it is given once. For more than employee it asks for a fresh proof.',
      input: z.strictObject({ email: Email, name: PersonName, roles: z.array(Role).min(1).max(6) }),
      output: z.strictObject({ invitationId: InvitationId, url: z.string(), expiresAt: Instant }),
      records: [invited, invitationWithdrawn],
    }),
    invitations: read({
      needs: 'people:invite',
      says: 'Invitations that are open: neither used nor withdrawn nor too old.',
      input: z.strictObject({ ...page }),
      output: paged(
        z.strictObject({
          id: InvitationId,
          email: z.string(),
          name: z.string(),
          roles: z.array(Role),
          invitedBy: PersonId,
          invitedByName: z.string(),
          expiresAt: Instant,
        }),
      ),
    }),
    withdrawInvitation: act({
      needs: 'people:invite',
      says: 'Withdraws an open invitation: its link opens nothing from then on.',
      input: z.strictObject({ invitationId: InvitationId }),
      output: Nothing,
      records: [invitationWithdrawn],
    }),
    invitation: read({
      needs: 'anyone',
      says: 'What an invitation code invites to.',
      input: z.strictObject({ code: z.string().max(100) }),
      output: z.strictObject({ organisation: z.string(), email: z.string(), name: z.string(), roles: z.array(Role) }),
    }),
    accept: act({
      needs: 'anyone',
      says: 'Joins by an invitation code.',
      input: z.strictObject({ code: z.string().max(100), password: Password, kind: z.enum(['browser', 'command-line']).default('browser') }),
      output: SignedIn,
      records: [joined, signedIn],
    }),
    changeRole: act({
      needs: 'people:role',
      says: 'Gives or takes a role, with the reason; any but employee asks for a fresh proof.',
      input: z.strictObject({ personId: PersonId, role: Role, given: z.boolean(), reason: Reason }),
      output: Nothing,
      records: [roleChanged],
    }),
    leave: act({
      needs: 'people:role',
      says: 'Ends a person’s employment here: sessions, tokens and all access close at once; asks for a fresh proof.',
      input: z.strictObject({ personId: PersonId, reason: Reason }),
      output: Nothing,
      records: [left],
    }),
    tokens: read({
      needs: 'people:token',
      says: 'Tokens of programs.',
      input: z.strictObject({ ...page }),
      output: paged(
        z.strictObject({
          id: TokenId,
          name: z.string(),
          madeBy: PersonId,
          permissions: z.array(TokenPermission),
          /** What of them its maker still may; no more than this counts. */
          inForce: z.array(TokenPermission),
          createdAt: Instant,
          usedAt: Instant.nullable(),
          expiresAt: Instant,
        }),
      ),
    }),
    makeToken: act({
      needs: 'people:token',
      says: 'Makes a token for a program; it is given once, never may more than its maker, and asks for a fresh proof.',
      input: z.strictObject({ name: Line.min(1).max(80), permissions: z.array(TokenPermission).min(1), days: z.int().min(1).max(TOKEN_DAYS_MOST).default(90) }),
      output: z.strictObject({ tokenId: TokenId, token: z.string(), expiresAt: Instant }),
      records: [tokenMade],
    }),
    endToken: act({
      needs: 'people:token',
      says: 'Ends a token at once.',
      input: z.strictObject({ tokenId: TokenId }),
      output: Nothing,
      records: [tokenEnded],
    }),
  },
});
export const peopleFailures = {
  alreadyInstalled: failure('conflict', 'people.already_installed'),
  inDoubt: failure('denied', 'people.in_doubt'),
  codeWrong: failure('denied', 'people.code_wrong'),
  credentialsWrong: failure('unauthenticated', 'people.credentials_wrong'),
  secondFactorNeeded: failure('unauthenticated', 'people.second_factor_needed'),
  passwordWeak: failure('invalid', 'people.password_weak'),
  tooManyTries: failure('limit', 'people.too_many_tries'),
  emailTaken: failure('conflict', 'people.email_taken'),
  invitationMissing: failure('missing', 'people.invitation_missing'),
  lastAdministrator: failure('conflict', 'people.last_administrator'),
  personMissing: failure('missing', 'people.person_missing'),
  roleUnchanged: failure('conflict', 'people.role_unchanged'),
  sessionMissing: failure('missing', 'people.session_missing'),
  tokenMissing: failure('missing', 'people.token_missing'),
  tokenBeyondMaker: failure('denied', 'people.token_beyond_maker'),
  resetMissing: failure('missing', 'people.reset_missing'),
  ownReset: failure('denied', 'people.own_reset'),
  notInDoubt: failure('conflict', 'people.not_in_doubt'),
  secondPersonNeeded: failure('denied', 'people.second_person_needed'),
  proofNeeded: failure('denied', 'people.proof_needed'),
  factorMissing: failure('conflict', 'people.factor_missing'),
};
