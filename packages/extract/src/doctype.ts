import { decodeEntities } from './entities.ts';
import { withoutBetween } from './markup.ts';

/** What a document type lets stand for a text: the entities that it declares in itself. */
export type Entities = {
  readonly texts: ReadonlyMap<string, string>;
  /** Those that are made of other entities, or of what stands elsewhere: these are not put in. */
  readonly refused: ReadonlySet<string>;
  /** Whether declarations are themselves put together of entities, so that nobody here knows them all. */
  readonly isOpen: boolean;
};

const DECLARATION = /<!ENTITY\s+(%\s+)?([^\s"'<>&%;]{1,200})\s+(?:"([^"]*)"|'([^']*)')/g;
export const REFERENCE = /&([^\s"'<>&%;#]{1,200});/g;
const NAMED = new Set(['amp', 'lt', 'gt', 'quot', 'apos']);

/** Whether what stands beside the text of an XML is a document type with entities of its own. */
export function declaresEntities(aside: string): boolean {
  return aside.startsWith('DOCTYPE') && aside.includes('<!ENTITY');
}

/** The entities of a document type, or null if it declares none. The first declaration of a name counts (XML 4.2). */
export function entitiesOf(doctype: string): Entities | null {
  if (!doctype.includes('<!ENTITY')) return null;
  const subset = withoutBetween(doctype, '<!--', '-->');
  const texts = new Map<string, string>();
  const refused = new Set<string>();
  const parameters = new Set<string>();
  for (const [, isParameter, name, double, single] of subset.matchAll(DECLARATION)) {
    const raw = double ?? single ?? '';
    if (isParameter !== undefined) parameters.add(name!);
    else if (!texts.has(name!) && !refused.has(name!)) {
      const once = raw.replace(/&#[^;&]{1,40};/g, decodeEntities);
      const isNested = [...once.matchAll(REFERENCE)].some(([, inner]) => !NAMED.has(inner!));
      if (isNested) refused.add(name!);
      else texts.set(name!, once);
    }
  }
  const isOpen = [...subset.matchAll(/%([^\s"'<>&%;]{1,200});/g)].some(([, name]) => parameters.has(name!));
  return { texts, refused, isOpen };
}
