import { addPart, built, into, mark, startText, type Job, type Path } from './job.ts';
import { addBeside, readProse, report, scanProse, startProse } from './prose.ts';
import { inOrder, relations, type Files, type XmlEntries } from './relations.ts';
import type { PartKind } from './types.ts';
import { readWorkbook } from './workbook.ts';

/** Names under which Office keeps what it writes into every file. Their text is no content, but it is read all the same. */
const TEMPLATE =
  /(?:^|\/)(?:\[Content_Types\]\.xml|_rels\/|theme\/|styles|settings|fontTable|webSettings|numbering|stylesWithEffects|slideMasters\/|slideLayouts\/|notesMasters\/|handoutMasters\/|presProps|viewProps|tableStyles|calcChain|printerSettings)/;

/** Reads the parts of a Word, PowerPoint or Excel file. */
export function readOffice(job: Job, path: Path, entries: XmlEntries): void {
  const rest = new Set(entries.keys());
  const main =
    [...relations(entries, '').values()].map(({ target }) => target).find((target) => /^(?:word|ppt|xl)\//.test(target) && entries.has(target)) ?? '';
  const family = main.split('/')[0] || ['word', 'ppt', 'xl'].find((folder) => [...rest].some((name) => name.startsWith(`${folder}/`)));
  if (family === 'ppt') readSlides(job, path, { entries, rest, main: main || 'ppt/presentation.xml' });
  else if (family === 'xl') readWorkbook(job, path, { entries, rest, main: main || 'xl/workbook.xml' });
  else if (rest.delete(main || 'word/document.xml')) readProse(job, path, { xml: entries.get(main || 'word/document.xml')!, kind: 'word' });
  for (const name of rest) {
    const kind: PartKind = TEMPLATE.test(name)
      ? 'template'
      : /^(?:docProps|customXml|_rels)\//.test(name)
        ? 'hidden'
        : family === 'ppt'
          ? 'slides'
          : family === 'xl'
            ? 'sheets'
            : 'word';
    const allAttributes = kind === 'hidden' || name.includes('pivotCache');
    readProse(job, into(path, name), { xml: entries.get(name)!, kind, allAttributes, hasEscapes: family === 'xl' });
  }
}

function readSlides(job: Job, path: Path, files: Files): void {
  const prose = startProse(job);
  let number = 0;
  for (const { name } of inOrder(files, 'sldId', /^ppt\/slides\/[^/]+\.xml$/)) {
    files.rest.delete(name);
    mark(prose.text.main, 'slide', String(++number));
    const slide = { ...prose, hidden: startText(job) };
    report(job, into(path, name), scanProse(job, files.entries.get(name)!, slide, { paragraphs: false, allAttributes: false, hasEscapes: false }));
    addPart(job, into(path, name), { kind: 'hidden', text: built(slide.hidden) });
  }
  addPart(job, path, { kind: 'slides', text: built(prose.text.main), marks: prose.text.main.marks });
  addBeside(job, path, prose, 'hidden');
}
