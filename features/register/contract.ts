import { act, contract, ElementId, event, failure, Instant, open, page, paged, PersonId, read, release, secret, SecretId } from '@underseal/contract';
import { z } from 'zod';

/** 3 is the crown jewels. */
export const Tier = z.int().min(1).max(3);
/** ISO 3166-1 alpha-2, and the European Union, whose law is asked for as a country's is. */
export const JURISDICTIONS: readonly string[] = (
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ ' +
  'LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW EU'
).split(' ');
/** What is kept: a country that was, and is no more, stays what the sheet said. */
const JurisdictionKept = z.string().regex(/^[A-Z]{2}$/);
export const Jurisdiction = z.enum(JURISDICTIONS, 'is no country: two letters of ISO 3166-1, such as DE or TW, or EU');
export const CodeName = z
  .string()
  .trim()
  .regex(/^[A-Z][A-Z0-9-]{1,39}$/, 'a code name is 2 to 40 capitals, digits and hyphens, and tells nothing of the secret');
/** PostgreSQL has no year 0, and no secret is older than the law of trade secrets. */
const Day = z.iso.date().refine((day) => day >= '1700-01-01', 'a day from 1700 on');
const Title = z.string().trim().min(1).max(300);
const Text = z.string().min(1).max(50_000);
/** Those who made it, by name, since they may have no account here, or have left. A name gives nobody access. */
const Contributors = z
  .array(
    z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has characters that cannot be shown'),
  )
  .max(50);
const Element = z.strictObject({ heading: z.string().trim().min(1).max(200), text: Text });

/**
 * Whether its owner can answer for it: `left` works here no more, `no-role` has no role by which one lets people in; nobody answers for it then, until counsel gives it
 * another. Where the rows that tell so were changed by hand (`altered`) nobody does either, and an operator sees to them first.
 */
export const OwnerState = z.enum(['here', 'left', 'no-role', 'altered']);
export type OwnerState = z.output<typeof OwnerState>;

/** How long before its day a review is called due. */
export const REVIEW_DUE_DAYS = 30;

export const SecretRow = z.strictObject({
  id: SecretId,
  codeName: z.string(),
  title: z.string(),
  tier: Tier,
  ownerId: PersonId,
  ownerName: z.string(),
  ownerState: OwnerState,
  unit: z.string(),
  reviewOn: Day.nullable(),
  enteredAt: Instant,
});
export const SecretSheet = z.strictObject({
  ...SecretRow.shape,
  contributors: z.array(z.string()),
  combination: z.boolean(),
  storedIn: z.array(JurisdictionKept),
  usedIn: z.array(JurisdictionKept),
  originOn: Day.nullable(),
  elements: z.array(z.strictObject({ id: ElementId, number: z.int(), heading: z.string() })),
  /** What the asker may do, so that a page shows no door that stays shut. */
  may: z.strictObject({ open: z.boolean(), own: z.boolean(), reassign: z.boolean() }),
});
/** A sheet lists them all. */
export const ELEMENTS_MOST = 500;
const Entering = z.strictObject({
  codeName: CodeName,
  title: Title,
  tier: Tier,
  ownerId: PersonId,
  unit: z.string().trim().max(120).default(''),
  contributors: Contributors.default([]),
  combination: z.boolean().default(false),
  elements: z.array(Element).max(100).default([]),
  storedIn: z.array(Jurisdiction).max(50).default([]),
  usedIn: z.array(Jurisdiction).max(50).default([]),
  originOn: Day.nullable().default(null),
  reviewOn: Day.nullable().default(null),
});

/** What a sheet says beside its title; with each entry that changes it, so that the entry before tells what it said. */
const Sheet = z.strictObject({
  unit: z.string(),
  contributors: z.array(z.string()),
  storedIn: z.array(JurisdictionKept),
  usedIn: z.array(JurisdictionKept),
  originOn: Day.nullable(),
  reviewOn: Day.nullable(),
});
export const Revisable = z.enum(['title', 'tier', 'unit', 'contributors', 'combination', 'storedIn', 'usedIn', 'originOn', 'reviewOn']);
export const entered = event('register.entered', {
  secretId: open(SecretId),
  tier: open(Tier),
  ownerId: open(PersonId),
  elementIds: open(z.array(ElementId)),
  combination: open(z.boolean()),
  codeName: secret('secretId', z.string()),
  title: secret('secretId', z.string()),
  sheet: secret('secretId', Sheet),
});
export const revised = event('register.revised', {
  secretId: open(SecretId),
  tier: open(Tier),
  changed: open(z.array(Revisable)),
  combination: open(z.boolean()),
  codeName: secret('secretId', z.string()),
  title: secret('secretId', z.string()),
  sheet: secret('secretId', Sheet),
  reason: secret('secretId', z.string()),
});
export const elementAdded = event('register.element_added', { secretId: open(SecretId), elementId: open(ElementId), number: open(z.int()) });
export const ownerChanged = event('register.owner_changed', {
  secretId: open(SecretId),
  from: open(PersonId),
  to: open(PersonId),
  reason: secret('secretId', z.string()),
});
/** Nobody answers for a secret from here on: its owner works here no more. */
export const ownerLost = event('register.owner_lost', { secretId: open(SecretId), ownerId: open(PersonId) });
export const elementOpened = event('register.element_opened', { secretId: open(SecretId), elementId: open(ElementId) });

export const register = contract({
  name: 'register',
  operations: {
    enter: act({
      needs: 'register:enter',
      says: 'Enters a secret in the register.',
      input: Entering,
      output: z.strictObject({ secretId: SecretId }),
      records: [entered],
    }),
    revise: act({
      needs: 'register:enter',
      about: 'secretId',
      strength: 'own',
      says: 'Revises title, tier, unit, contributors, places and dates, and whether the combination is the secret, with the reason.',
      input: z.strictObject({
        secretId: SecretId,
        title: Title,
        tier: Tier,
        unit: z.string().trim().max(120),
        contributors: Contributors,
        combination: z.boolean(),
        storedIn: z.array(Jurisdiction).max(50),
        usedIn: z.array(Jurisdiction).max(50),
        originOn: Day.nullable(),
        reviewOn: Day.nullable(),
        reason: z.string().trim().min(5).max(500),
      }),
      output: z.strictObject({}),
      records: [revised],
    }),
    addElement: act({
      needs: 'register:enter',
      about: 'secretId',
      strength: 'own',
      says: 'Adds a numbered element.',
      input: z.strictObject({ secretId: SecretId, ...Element.shape }),
      output: z.strictObject({ elementId: ElementId }),
      records: [elementAdded],
    }),
    changeOwner: act({
      needs: 'register:enter',
      about: 'secretId',
      strength: 'own',
      says: 'Hands a secret to another owner, with the reason.',
      input: z.strictObject({ secretId: SecretId, ownerId: PersonId, reason: z.string().trim().min(5).max(500) }),
      output: z.strictObject({}),
      records: [ownerChanged],
    }),
    reassign: act({
      needs: 'register:reassign',
      about: 'secretId',
      says: 'Gives a secret for which nobody answers to another owner, with the reason: its owner has left, or has no role any more that may own.',
      input: z.strictObject({ secretId: SecretId, ownerId: PersonId, reason: z.string().trim().min(5).max(500) }),
      output: z.strictObject({}),
      records: [ownerChanged],
    }),
    list: read({
      needs: 'register:list',
      says: 'The secrets that the asker may know of.',
      input: z.strictObject({
        search: z.string().max(100).optional(),
        tier: Tier.optional(),
        /** Only those for which nobody answers. */
        unanswered: z.boolean().default(false),
        /** Only those for which the asker answers. */
        mine: z.boolean().default(false),
        /** Only those whose next review is past, or comes within the days of `REVIEW_DUE_DAYS`. */
        reviewDue: z.boolean().default(false),
        sort: z.enum(['newest', 'tier']).default('newest'),
        ...page,
      }),
      output: paged(SecretRow),
    }),
    show: read({
      needs: 'register:list',
      about: 'secretId',
      says: 'The sheet of one secret, without its text.',
      input: z.strictObject({ secretId: SecretId }),
      output: SecretSheet,
    }),
    owners: read({
      needs: 'access:list',
      about: 'secretId',
      says: 'Who answered for a secret before, and from when until when.',
      input: z.strictObject({ secretId: SecretId, ...page }),
      output: paged(z.strictObject({ personId: PersonId, personName: z.string(), from: Instant, until: Instant })),
    }),
    openElement: release({
      needs: 'register:open',
      about: 'secretId',
      says: 'The text of one element.',
      input: z.strictObject({ secretId: SecretId, elementId: ElementId }),
      output: z.strictObject({ number: z.int(), heading: z.string(), text: z.string() }),
      records: [elementOpened],
    }),
  },
});
export const registerFailures = {
  codeNameTaken: failure('conflict', 'register.code_name_taken'),
  elementMissing: failure('missing', 'register.element_missing'),
  ownerMissing: failure('invalid', 'register.owner_missing'),
  ownerHere: failure('conflict', 'register.owner_here'),
  ownerAltered: failure('conflict', 'register.owner_altered'),
  tooManyElements: failure('conflict', 'register.too_many_elements'),
  datesUnlikely: failure('invalid', 'register.dates_unlikely'),
};
