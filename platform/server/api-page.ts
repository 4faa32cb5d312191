import type { OpenApi } from './openapi.ts';

type Schema = { readonly [key: string]: unknown };
const DEEPEST = 8;

/** What the built web looks like: its fonts and colours. Without it, when only the API is served, the page has plain ones. */
export interface Look {
  readonly stylesheets: readonly string[];
  readonly icon: string | undefined;
}
interface Around {
  readonly nonce: string;
  readonly look: Look | undefined;
}

/** The page of the API for people: all of the document in HTML, without a script. */
export function renderApiPage(document: OpenApi, { nonce, look }: Around): string {
  const byFeature = Object.groupBy(Object.entries(document.paths), ([, { post }]) => post.tags[0]!);
  const features = Object.entries(byFeature).map(([name, paths = []]) => ({ name, paths }));
  const contents = features.map(({ name }) => `<a href="#${escape(name)}">${escape(name)}</a>`).join('\n');
  const body = features.map(
    ({ name, paths }) =>
      `<section id="${escape(name)}"><h2>${escape(name)}</h2>\n${paths.map(([path, { post }]) => renderOperation(document, path, post)).join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API of Underseal</title>
<link rel="icon" href="${escape(look?.icon ?? 'data:,')}">
<style nonce="${escape(nonce)}">${PLAIN}</style>
${(look?.stylesheets ?? []).map((href) => `<link rel="stylesheet" href="${escape(href)}">`).join('\n')}
<style nonce="${escape(nonce)}">${STYLE}</style>
</head>
<body class="api">
<header>
<p class="top"><a class="wordmark" href="/">${look?.icon ? `<img src="${escape(look.icon)}" alt="" width="26" height="26">` : ''}Underseal</a> <a href="/">Back to Underseal</a></p>
<h1>The API.</h1>
<p>${escape(document.info.description)} Sign in with a bearer token (<code>Authorization: Bearer …</code>), made under <a href="/tokens">Tokens</a> or by <code>npx underseal token</code>.
An act takes an <code>Idempotency-Key</code>: asked again with the same key and input, it answers what it answered the first time.</p>
<p>For programs: <a href="/openapi.json">openapi.json</a>, OpenAPI ${escape(document.openapi)}.</p>
</header>
<nav aria-label="Features">
${contents}
</nav>
<main>
${body.join('\n')}
</main>
</body>
</html>
`;
}

function renderOperation(document: OpenApi, path: string, post: OpenApi['paths'][string]['post']): string {
  return `<details id="${escape(post.operationId)}">
<summary><code>POST ${escape(path)}</code> <span>${inline(post.summary)}</span></summary>
<p>${inline(post.description)}</p>
<h3>Input</h3>
${renderSchema(document, post.requestBody.content['application/json'].schema)}
<h3>Output</h3>
${renderSchema(document, post.responses[200].content['application/json'].schema)}
</details>`;
}

function renderSchema(document: OpenApi, schema: Schema, depth = 0): string {
  const at = resolve(document, schema);
  if (depth === DEEPEST) return '';
  if (at['type'] === 'array') return renderSchema(document, at['items'] as Schema, depth);
  const choices = (at['anyOf'] ?? at['oneOf']) as Schema[] | undefined;
  if (choices) return choices.map((choice) => renderSchema(document, choice, depth)).join('');
  const properties = Object.entries((at['properties'] ?? {}) as Record<string, Schema>);
  if (properties.length === 0) return depth === 0 ? '<p>None.</p>' : '';
  const required = new Set(at['required'] as string[] | undefined);
  const rows = properties.map(([name, property]) => {
    const optional = required.has(name) ? '' : ' <em>optional</em>';
    return `<li><code>${escape(name)}</code> ${escape(describe(document, property))}${optional}${renderSchema(document, property, depth + 1)}</li>`;
  });
  return `<ul>${rows.join('\n')}</ul>`;
}

/** What a value may be, in a few words. */
function describe(document: OpenApi, schema: Schema, depth = 0): string {
  const at = resolve(document, schema);
  if (depth === DEEPEST) return '…';
  if (at['const'] !== undefined) return JSON.stringify(at['const']);
  if (Array.isArray(at['enum'])) return at['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const choices = (at['anyOf'] ?? at['oneOf']) as Schema[] | undefined;
  if (choices) return [...new Set(choices.map((choice) => describe(document, choice, depth + 1)))].join(' | ');
  if (at['type'] === 'array') return `list of ${describe(document, (at['items'] ?? {}) as Schema, depth + 1)}${range(at, 'minItems', 'maxItems', 'items')}`;
  const type = typeof at['type'] === 'string' ? at['type'] : 'anything';
  const format = at['format'] ?? (typeof at['pattern'] === 'string' ? at['pattern'] : undefined);
  const numbers = range(at, 'minimum', 'maximum', '');
  return `${type}${typeof format === 'string' ? ` ${format}` : ''}${range(at, 'minLength', 'maxLength', 'characters')}${numbers}`;
}

function range(at: Schema, least: string, most: string, of: string): string {
  const [low, high] = [at[least], at[most]];
  const from = typeof low === 'number' && low > Number.MIN_SAFE_INTEGER ? low : undefined;
  const to = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? high : undefined;
  if (from === undefined && to === undefined) return '';
  const unit = of && ` ${of}`;
  return `, ${from === undefined ? `at most ${to}` : to === undefined ? `at least ${from}` : `${from} to ${to}`}${unit}`;
}

function resolve(document: OpenApi, schema: Schema): Schema {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].replace('#/components/schemas/', '') : undefined;
  return name === undefined ? schema : ((document.components.schemas[name] ?? {}) as Schema);
}

/** Words, with code between backticks. */
function inline(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Stands before the web's own stylesheet, which says the same names better. */
const PLAIN = `
:root { color-scheme: light dark; --ink: light-dark(#1b1a18, #ece8df); --ink-2: light-dark(#4b4843, #c0bbb0); --paper: light-dark(#fcfbf8, #171614);
  --rule: light-dark(#dfdbd2, #37342e); --accent: light-dark(#1c4569, #9bc3e4); --sans: system-ui, sans-serif; --serif: Georgia, serif; --mono: ui-monospace, monospace; }
body { background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--sans); }
h1, h2 { font-family: var(--serif); font-weight: 460; }
a { color: var(--accent); }
`;
const STYLE = `
.api { box-sizing: border-box; margin: 0 auto; max-width: 60rem; padding: 1.5rem 1.25rem 4rem; }
.api .top { display: flex; justify-content: space-between; align-items: center; gap: 1rem; margin: 0 0 2rem; }
.api .wordmark { display: inline-flex; align-items: center; gap: .5rem; font: 560 1.25rem/1.75rem var(--serif); color: var(--ink); text-decoration: none; }
.api h1 { margin: 0 0 .75rem; }
.api h2 { margin: 2.5rem 0 .75rem; text-transform: capitalize; }
.api h3 { font-size: .9375rem; margin: 1rem 0 .25rem; color: var(--ink-2); }
.api header p { max-width: 44rem; margin-top: .5rem; }
.api nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1.5rem; padding: .75rem 0; border-block: 1px solid var(--rule); }
.api nav a { padding-block: .25rem; text-transform: capitalize; }
.api code { font: .875em/1.5 var(--mono); overflow-wrap: anywhere; }
.api details { border-bottom: 1px solid var(--rule); padding: .25rem 0; }
.api summary { cursor: pointer; padding: .5rem 0; color: var(--ink); font-size: 1rem; }
.api summary:hover { text-decoration: none; }
.api summary span { display: block; margin-left: 1.1rem; color: var(--ink-2); }
.api ul { margin: .25rem 0; padding-left: 1.25rem; list-style: disc; }
.api li { margin: .2rem 0; overflow-wrap: anywhere; }
.api em { color: var(--ink-2); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;
